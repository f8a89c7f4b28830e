// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.ToolTest;

/**
 * Containers whose annotation names a policy, started with the agent, after its end, and while it
 * is killed: each is denied port 9 at its first instruction, or does not start.
 */
@KernelTest
@ToolTest({"podman", "runc", "busybox"})
class AgentContainersKernelTest {
    private static final String DENIED = "Operation not permitted";
    private static final String[] CONNECT = {"nc", "-w", "1", "127.0.0.1", "9"};
    private static final List<String> ONCE = List.of("--rm");
    private static final Path PINS = Path.of("/sys/fs/bpf/ringwall");

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup base = ChildCgroup.make();
    private final List<Process> started = new ArrayList<>();
    private Podman podman;
    private Path socket = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        podman = new Podman(dir);
        socket = dir.resolve("agent/agent.sock");
        Path object = dir.resolve("web.o");
        Files.write(object, object());
        assertThat(ringwall("apply", object.toString(), "--cgroup", base.path().toString())
                        .status())
                .isZero();
    }

    private static byte[] object() {
        String text = "policy web\n\negress {\n  deny if remote.ip in 127.0.0.0/8 and remote.port == 9\n"
                + "  default allow\n}\n";
        return Compiler.compile(new SourceFile("web.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .elf()
                .toArray();
    }

    @AfterEach
    void clean() throws InterruptedException {
        podman.close();
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        ringwall("remove", "web");
        base.close();
    }

    private static List<String> words(String... command) {
        List<String> words = new ArrayList<>(List.of(Podman.java().split(" ", -1)));
        words.add("org.ringwall.host.cli.Main");
        words.addAll(List.of(command));
        return words;
    }

    private Command ringwall(String... command) {
        ProcessBuilder builder = new ProcessBuilder(words(command));
        builder.environment().put("RINGWALL_JOURNAL", "");
        return Command.run(dir, builder);
    }

    private Process agent() throws IOException {
        Path output = Files.createTempFile(dir, "agent", ".out");
        ProcessBuilder builder = new ProcessBuilder(words("agent", "--socket", socket.toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("RINGWALL_JOURNAL", "");
        Process process = builder.start();
        started.add(process);
        Guard.await(
                "the agent serves",
                () -> !process.isAlive() || Files.readString(output).contains("serving"));
        assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
        return process;
    }

    private Command connects() {
        return podman.command(podman.run("web", ONCE, CONNECT));
    }

    private void mode(String agent) throws IOException {
        podman.setMode("--agent " + agent + " --socket " + socket);
    }

    @Test
    void containersAreJudgedWithTheAgentAndAfterItsEnd() throws IOException, InterruptedException {
        mode("required");
        Process agent = agent();
        assertThat(connects().output()).contains(DENIED);
        podman.command(podman.run("web", List.of("--detach", "--name", "db"), "sleep", "600"))
                .succeeded();
        List<String> exec = new ArrayList<>(podman.words("exec", "db"));
        exec.addAll(List.of(CONNECT));
        assertThat(podman.command(exec).output()).contains(DENIED);
        agent.destroyForcibly().waitFor();
        assertThat(podman.command(exec).output()).as("it runs on").contains(DENIED);
        Command refused = connects();
        assertThat(refused.status()).isPositive();
        assertThat(refused.output())
                .contains("does not answer", "Connection refused")
                .doesNotContain(DENIED);
        mode("auto");
        assertThat(connects().output()).as("the hook by itself").contains(DENIED);
        agent();
        mode("required");
        assertThat(connects().output()).contains(DENIED);
        assertThat(podman.command(podman.words("restart", "--time", "0", "db")).status())
                .isZero();
        assertThat(podman.command(exec).output()).as("it was restarted").contains(DENIED);
        Command other = podman.command(podman.run("web,other", ONCE, CONNECT));
        assertThat(other.status()).isPositive();
        assertThat(other.output()).contains("there is no `other@main`").doesNotContain(DENIED);
    }

    /** Podman has no daemon: the process that stays is conmon, one for each container. */
    @Test
    void noConnectionIsLetThroughByRestartsUpgradesAndKills() throws IOException, InterruptedException {
        mode("auto");
        Process agent = agent();
        String loop = "while :; do nc -w 1 127.0.0.1 9 2>>/log; done";
        podman.command(podman.run("web", List.of("--detach", "--name", "loop"), "sh", "-c", loop))
                .succeeded();
        agent.destroyForcibly().waitFor();
        podman.command(podman.words("restart", "--time", "0", "loop")).succeeded();
        String object = dir.resolve("web.o").toString();
        for (int i = 0; i < 3; i++) {
            assertThat(ringwall("apply", object).status()).isZero();
        }
        for (int delay : List.of(100, 200, 400, 600)) {
            ProcessBuilder builder = new ProcessBuilder(words("apply", object));
            builder.environment().put("RINGWALL_JOURNAL", "");
            Process apply = builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            LockSupport.parkNanos(delay * 1_000_000L);
            apply.destroyForcibly().waitFor();
        }
        assertThat(ringwall("recover").status()).isZero();
        String conmon = podman.command(podman.words("inspect", "--format", "{{.State.ConmonPid}}", "loop"))
                .succeeded()
                .strip();
        Command.run(dir, "kill", "-KILL", conmon).succeeded();
        int before = tries();
        Guard.await("there are 100 more tries", () -> tries() >= before + 100);
        assertThat(ringwall("status").output()).contains(podman.parent().toString());
        podman.command(podman.words("kill", "loop"));
        assertThat(Files.readAllLines(dir.resolve("root/log")))
                .allSatisfy(line -> assertThat(line).contains(DENIED));
    }

    private int tries() throws IOException {
        return Files.readAllLines(dir.resolve("root/log")).size();
    }

    @Test
    void noContainerStartsUnjudgedWhileTheAgentIsKilled() throws IOException, InterruptedException {
        Random random = new Random(23);
        int denied = 0;
        int rounds = Soak.size(4, 40);
        for (int round = 0; round < rounds; round++) {
            mode(round % 2 == 0 ? "required" : "auto");
            Process agent = agent();
            boolean stopped = round % 4 > 1;
            if (stopped) {
                // Connects are accepted by the kernel, and no request is read.
                new ProcessBuilder("kill", "-STOP", String.valueOf(agent.pid()))
                        .start()
                        .waitFor();
            }
            long wait = 100_000_000L + random.nextInt(900_000_000);
            Thread killer = new Thread(() -> {
                LockSupport.parkNanos(wait);
                agent.destroyForcibly();
            });
            killer.start();
            Command container = connects();
            killer.join();
            agent.waitFor();
            if (container.output().contains(DENIED)) {
                denied++;
            } else {
                assertThat(container.status())
                        .as("round %s: %s", round, container)
                        .isGreaterThan(1);
                assertThat(round % 2).as("with --agent auto it starts").isZero();
                assertThat(container.output()).contains("does not answer").doesNotContain("nc: can't");
            }
        }
        assertThat(denied).isGreaterThanOrEqualTo(rounds / 2);
    }

    @Test
    void manyContainersAtOnceAreJudgedAndLeaveNothing() throws Exception {
        mode("required");
        agent();
        List<String> before = pins();
        int containers = Soak.size(20, 100);
        ExecutorService ten = Executors.newFixedThreadPool(10);
        List<Future<Command>> all = new ArrayList<>();
        for (int i = 0; i < containers; i++) {
            all.add(ten.submit(this::connects));
        }
        for (Future<Command> each : all) {
            assertThat(each.get().output()).contains(DENIED);
        }
        ten.shutdown();
        assertThat(podman.cgroups()).isEmpty();
        // The kernel detaches the programs of a removed cgroup some time later.
        Guard.await("the pins are as before", () -> pins().equals(before));
    }

    /** Returns the files in bpffs. */
    private static List<String> pins() throws IOException {
        try (Stream<Path> all = Files.walk(PINS)) {
            return all.map(Path::toString).sorted().toList();
        }
    }

    @Test
    void anAnnotationThatNamesNoPolicyReadsNoFileAndStartsNothing() throws IOException {
        mode("required");
        agent();
        for (String name :
                List.of("../../web.o", dir.resolve("web.o").toString(), "web@../main", "web,../web", " ", "\n")) {
            Command refused = podman.command(podman.run(name, ONCE, CONNECT));
            assertThat(refused.status()).as(name).isPositive();
            assertThat(refused.output()).as(name).doesNotContain("nc: can't").contains("ringwall: ");
        }
        assertThat(new String(Files.readAllBytes(dir.resolve("mode")), StandardCharsets.UTF_8))
                .contains("required");
    }
}
