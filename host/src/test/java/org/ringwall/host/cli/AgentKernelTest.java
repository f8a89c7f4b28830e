// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.host.agent.AgentClient;
import org.ringwall.host.agent.Reply;
import org.ringwall.host.agent.Request;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;

/** The agent as a process of its own, with policies on cgroups that stand for containers. */
@KernelTest
class AgentKernelTest {
    /** The options of bin/ringwall. */
    private static final List<String> OPTIONS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx32m", "-Xss512k");

    /** At most this many MiB are resident. */
    private static final long MOST_MIB = 96;

    /** At most this many calls that read or write for one join and leave, and for one apply. */
    private static final long MOST_CALLS = 100;

    @TempDir
    private Path dir = Path.of("");

    private CommandBox box;
    private Path socket = Path.of("");
    private Map<String, String> environment = Map.of();
    private final List<Process> started = new ArrayList<>();

    /** Creates the box, whose policy is in force on one cgroup. */
    @BeforeEach
    void prepare() throws IOException {
        box = new CommandBox("agent", dir);
        socket = dir.resolve("run/agent.sock");
        box.ringwall(0, "apply", box.object, "--cgroup", box.cgroup("base").toString());
    }

    @AfterEach
    void clean() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        box.close();
    }

    private Process java(String main, InputStream in, Path output, String... words) throws IOException {
        List<String> all = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        all.addAll(OPTIONS);
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        all.addAll(Arrays.asList(words));
        ProcessBuilder builder =
                new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("RINGWALL_JOURNAL", "");
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        in.transferTo(process.getOutputStream());
        process.getOutputStream().close();
        return process;
    }

    /** Starts an agent on the pins of the box, and waits until it serves. */
    private Process agent() throws IOException {
        Path output = Files.createTempFile(dir, "agent", ".out");
        Process process = java(
                Agent.class.getName(),
                InputStream.nullInputStream(),
                output,
                box.pins.toString(),
                dir.toString(),
                "agent",
                "--socket",
                socket.toString());
        Guard.await(
                "the agent serves",
                () -> !process.isAlive() || Files.readString(output).contains("serving"));
        assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
        return process;
    }

    /** The entry point of a command with pins, and keys below a folder, of its own. */
    static final class Agent {
        private Agent() {}

        public static void main(String... words) {
            System.exit(new Ringwall(
                            () -> LoaderHost.ofThisMachine(Path.of(words[0])),
                            System.in,
                            System.out,
                            System.err,
                            Optional.empty(),
                            TrustFiles.below(Path.of(words[1])))
                    .execute(Arrays.copyOfRange(words, 2, words.length)));
        }
    }

    private Reply call(String input, String... words) throws IOException {
        return AgentClient.call(socket, new Request(List.of(words), input), 60);
    }

    /** A cgroup with one process, as a runtime leaves it before the first instruction. */
    private final class Container implements AutoCloseable {
        private final Cgroup cgroup;
        private final Process process;

        Container(String name) throws IOException {
            cgroup = box.cgroup(name);
            process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ >'" + cgroup + "/cgroup.procs'; echo in; read go; exec "
                                    + "python3 -c 'import socket\n"
                                    + "s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                    + "print(s.connect_ex((\"127.0.0.1\", 9)))'")
                    .redirectErrorStream(true)
                    .start();
            started.add(process);
            assertThat(line()).isEqualTo("in");
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = process.getInputStream().read();
                    c > '\n';
                    c = process.getInputStream().read()) {
                line.append((char) c);
            }
            return line.toString();
        }

        String state(String status, String annotation) {
            return "{\"ociVersion\":\"1.0.2\",\"id\":\"c\",\"status\":\"" + status + "\",\"pid\":" + process.pid()
                    + ",\"annotations\":{\"org.ringwall.policy\":\"" + annotation + "\"}}";
        }

        /** Lets it run, and returns the errno of its first connect: 1 is EPERM, 0 success. */
        String firstConnect() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().close();
            return line();
        }

        @Override
        public void close() {
            try {
                process.destroyForcibly().waitFor();
                box.host.hierarchy().end(cgroup);
                box.host.hierarchy().remove(cgroup);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Command hook(Container container, String... options) throws IOException {
        Path output = Files.createTempFile(dir, "hook", ".out");
        List<String> words = new ArrayList<>(List.of("oci-hook", "--socket", socket.toString()));
        words.addAll(Arrays.asList(options));
        Process process = java(
                HookMain.class.getName(),
                new java.io.ByteArrayInputStream(
                        container.state("creating", "web").getBytes(StandardCharsets.UTF_8)),
                output,
                words.toArray(String[]::new));
        try {
            return new Command(process.waitFor(), Files.readString(output));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns how many calls that read or write a process has made. */
    private static long calls(Process process) throws IOException {
        return number(process, "io", "syscr:") + number(process, "io", "syscw:");
    }

    private static long peakKib(Process process) throws IOException {
        return number(process, "status", "VmHWM:");
    }

    private static long number(Process process, String file, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/" + file)).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aContainerIsJudgedFromItsFirstInstruction() throws IOException {
        agent();
        try (Container judged = new Container("judged");
                Container other = new Container("other")) {
            assertThat(call(judged.state("creating", "web"), "oci-hook")).isEqualTo(new Reply(0, "", ""));
            assertThat(judged.firstConnect()).isEqualTo("1");
            assertThat(other.firstConnect()).isEqualTo("0");
            assertThat(call("", "status").out()).contains("  " + judged.cgroup + ": connect4 connect6\n");
        }
        assertThat(call("{\"id\":\"c\",\"status\":\"stopped\"}", "oci-hook", "web")
                        .code())
                .isZero();
        // The kernel detaches the programs of a removed cgroup some time later.
        Guard.await("no policy is lost", () -> !box.ringwall(0, "status").contains("lost"));
    }

    @Test
    void commandsAndTheAgentShareLocksAndState() throws IOException {
        agent();
        Cgroup one = box.cgroup("one");
        assertThat(call("", "join", "web", "--cgroup", one.toString()).out())
                .isEqualTo("web@main: in force also at `" + one + "`\n");
        assertThat(box.ringwall(0, "status")).contains("  " + one + ": connect4 connect6\n");
        assertThat(box.ringwall(0, "leave", "web", "--cgroup", one.toString())).contains("no longer in force");
        assertThat(call("", "leave", "web", "--cgroup", one.toString()))
                .isEqualTo(new Reply(
                        1,
                        "",
                        "ringwall: `web@main` is not in force at `" + one + "`\n  help: see: ringwall status\n"));
        assertThat(call("", "apply", box.object, "--param", "port=10").out()).contains("generation 2");
        assertThat(call("", "status", "--json").out()).contains("\"generation\":2");
        for (String refused : List.of("run", "agent", "events", "metrics", "prepare", "nothing")) {
            assertThatThrownBy(() -> call("", refused))
                    .hasMessageContaining("the agent does not carry out `" + refused);
        }
        Path words = Files.writeString(dir.resolve("words"), "--watch\n");
        assertThat(call("", "status", "@" + words).err()).contains("`@" + words + "`");
        for (String watch : List.of("--watch", "--watch=true")) {
            assertThatThrownBy(() -> call("", "sync", watch, "--dir", dir.toString()))
                    .hasMessageContaining("does not carry out");
        }
        assertThat(call("", "remove", "web").out()).isEqualTo("web@main: removed\n");
    }

    @Test
    void itIsKilledAtAnyTimeAndTheContainerIsJudgedOrNotStarted() throws IOException, InterruptedException {
        Random random = new Random(5);
        int answered = 0;
        int rounds = Soak.size(8, 60);
        for (int round = 0; round < rounds; round++) {
            Process agent = agent();
            // The first requests of a process take some tenths of a second, later ones a few ms.
            call("", "status");
            try (Container container = new Container("c" + round)) {
                long wait = random.nextInt(round % 2 == 0 ? 150_000_000 : 20_000_000);
                Thread killer = new Thread(() -> {
                    LockSupport.parkNanos(wait);
                    agent.destroyForcibly();
                });
                killer.start();
                boolean done;
                try {
                    done = call(container.state("creating", "web"), "oci-hook").code() == 0;
                    answered++;
                } catch (IOException e) {
                    done = false;
                }
                killer.join();
                agent.waitFor();
                if (!done) {
                    // What the client does: it acts by itself.
                    assertThat(byItself(container)).as("round %s", round).isZero();
                }
                assertThat(container.firstConnect()).as("round %s", round).isEqualTo("1");
            }
        }
        assertThat(answered).as("answers of %s rounds", rounds).isLessThan(rounds);
        agent();
        assertThat(box.ringwall(0, "status")).doesNotContain("lost");
    }

    private int byItself(Container container) {
        PrintStream none = new PrintStream(java.io.OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Ringwall(
                        () -> LoaderHost.ofThisMachine(box.pins),
                        new java.io.ByteArrayInputStream(
                                container.state("creating", "web").getBytes(StandardCharsets.UTF_8)),
                        none,
                        none)
                .execute("oci-hook");
    }

    @Test
    void theHookDoesAsConfiguredWhenNoAgentAnswers() throws IOException, InterruptedException {
        String none = "ringwall: the agent at `" + socket + "` does not answer: ";
        String help = "  help: systemctl restart ringwall-agent, or let the hook act by itself: --agent auto\n";
        // The policy is among the pins of the box, which a hook that acts by itself does not see.
        String itself = "ringwall: there is no `web@main` on this host\n";
        try (Container container = new Container("c")) {
            assertThat(hook(container, "--agent", "required"))
                    .isEqualTo(new Command(3, none + "No such file or directory\n" + help));
            assertThat(hook(container, "--agent=required"))
                    .isEqualTo(new Command(3, none + "No such file or directory\n" + help));
            assertThat(hook(container).output()).startsWith(itself);
            Process agent = agent();
            new ProcessBuilder("kill", "-STOP", String.valueOf(agent.pid()))
                    .start()
                    .waitFor();
            assertThat(hook(container, "--agent", "required", "--timeout", "1"))
                    .isEqualTo(new Command(3, none + "it has not answered within 1 s\n" + help));
            assertThat(hook(container, "--timeout", "1").output())
                    .startsWith("ringwall: note: the agent at `" + socket
                            + "` does not answer: it has not answered within 1 s; this process acts by itself\n"
                            + itself);
            assertThat(hook(container, "--agent", "never", "--timeout", "1").output())
                    .startsWith(itself);
            new ProcessBuilder("kill", "-CONT", String.valueOf(agent.pid()))
                    .start()
                    .waitFor();
            // What was sent to the agent while it hung has no effect.
            call("", "status");
            assertThat(box.ringwall(0, "status")).doesNotContain(container.cgroup.toString());
            assertThat(hook(container, "--agent", "required")).isEqualTo(new Command(0, ""));
            assertThat(hook(container, "--agent", "required", "other").output())
                    .startsWith("ringwall: there is no `other@main` on this host\n");
            agent.destroyForcibly().waitFor();
            assertThat(socket).exists();
            assertThat(hook(container, "--agent", "required"))
                    .isEqualTo(new Command(3, none + "Connection refused\n" + help));
            assertThat(hook(container).output()).contains("Connection refused; this process acts by itself\n" + itself);
            assertThat(hook(container, "--agent", "perhaps"))
                    .isEqualTo(new Command(
                            2,
                            "ringwall: `perhaps` is not a value of --agent\n  help: write auto, required or never\n"));
            assertThat(container.firstConnect()).isEqualTo("1");
        }
    }

    @Test
    void itTakesLittleMemoryAndFewCalls() throws IOException {
        Process agent = agent();
        int joins = Soak.size(40, 200);
        long before = calls(agent);
        long first = 0;
        for (int i = 0; i < joins; i++) {
            if (i == joins / 2) {
                first = calls(agent) - before;
            }
            Cgroup cgroup = box.cgroup("c" + i);
            assertThat(call("", "join", "web", "--cgroup", cgroup.toString()).code())
                    .isZero();
            assertThat(call("", "leave", "web", "--cgroup", cgroup.toString()).code())
                    .isZero();
            box.host.hierarchy().remove(cgroup);
        }
        long second = calls(agent) - before - first;
        long each = (first + second) / joins;
        before = calls(agent);
        for (int i = 0; i < joins; i++) {
            assertThat(call("", "apply", box.object, "--param", "port=9").err()).isEmpty();
        }
        long apply = (calls(agent) - before) / joins;
        for (int i = 0; i < 100; i++) {
            try {
                call("x".repeat(900_000), "status");
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("");
            }
        }
        System.out.printf(
                "agent: join and leave %d calls that read or write, apply %d, peak %d KiB%n",
                each, apply, peakKib(agent));
        assertThat(second).as("calls after %s joins", joins / 2).isLessThan(2 * first);
        assertThat(each).isLessThanOrEqualTo(MOST_CALLS);
        assertThat(apply).isLessThanOrEqualTo(MOST_CALLS);
        assertThat(peakKib(agent)).isLessThanOrEqualTo(MOST_MIB << 10);
    }

    @Test
    void anotherUserIsNotServed() throws IOException {
        agent();
        String script = "import socket\ns=socket.socket(socket.AF_UNIX)\ntry:\n s.connect('" + socket
                + "')\n s.sendall(b'{\"version\":1,\"command\":[\"remove\",\"web\"]}\\n')\n print(s.recv(100))\n"
                + "except OSError as e: print(type(e).__name__)";
        List<String> words = List.of(
                "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", script);
        for (Path above = dir; above != null; above = above.getParent()) {
            if (Files.getPosixFilePermissions(above).size() < 8 && above.startsWith("/tmp/")) {
                Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        assertThat(Command.run(dir, words).output()).isEqualTo("PermissionError\n");
        Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(Command.run(dir, words).output()).isEqualTo("PermissionError\n");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(Command.run(dir, words).output()).matches("b''\n|BrokenPipeError\n|ConnectionResetError\n");
        assertThat(box.ringwall(0, "status")).contains("web@main: in force");
    }

    @Test
    void anotherUserDoesNotAnswerForTheAgent() throws IOException {
        Path open = Files.createDirectory(dir.resolve("open"));
        for (Path folder : List.of(dir, open)) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        socket = open.resolve("agent.sock");
        Process other = new ProcessBuilder(
                        "setpriv",
                        "--reuid=65534",
                        "--clear-groups",
                        "/usr/bin/python3",
                        "-c",
                        "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\n"
                                + "print('in', flush=True)\nwhile True:\n  c = s.accept()[0]\n  c.send("
                                + "b'{\"version\":1,\"code\":0,\"out\":\"\",\"err\":\"\"}\\n')",
                        socket.toString())
                .redirectErrorStream(true)
                .start();
        started.add(other);
        assertThat(other.inputReader().readLine()).isEqualTo("in");
        try (Container container = new Container("c")) {
            Command required = hook(container, "--agent", "required");
            assertThat(required.status()).as(required.output()).isEqualTo(3);
            assertThat(required.output()).contains("does not answer: the user nobody listens there\n");
            assertThat(hook(container).output()).contains("; this process acts by itself\nringwall: there is no ");
        }
    }

    @Test
    void aCgroupWhoseNameTheLocaleLacksIsRefused() throws IOException {
        environment = Map.of("LC_ALL", "C");
        try (Container container = new Container("c")) {
            String below = "cd " + container.cgroup + "; n=$(printf 'x\\303\\244'); ";
            Command.run(
                            dir,
                            List.of(
                                    "sh",
                                    "-c",
                                    below + "mkdir $n; echo " + container.process.pid() + " >$n/cgroup.procs"))
                    .succeeded();
            Command refused = hook(container, "--agent", "never");
            assertThat(refused.output()).contains("has a name that Java cannot write in this locale\n");
            assertThat(refused.status()).isEqualTo(3);
            container.process.destroyForcibly().onExit().join();
            Command.run(dir, List.of("sh", "-c", below + "sleep 0.1; rmdir $n")).succeeded();
        }
    }

    @Test
    void anAnnotationNamesNoFile() throws IOException {
        agent();
        Path file = Path.of(box.object);
        try (Container container = new Container("c")) {
            for (String name : List.of(
                    file.toString(),
                    "../../../.." + file,
                    "deny.o",
                    "web/../web",
                    "web@../main",
                    "web,../x",
                    ".",
                    "..",
                    "web@",
                    "@main",
                    "web@main@x",
                    "-web",
                    "--socket",
                    "\\u0000",
                    "web\\nx",
                    "web," + file)) {
                Reply reply = call(container.state("creating", name), "oci-hook");
                assertThat(reply.code()).as(name + ": " + reply).isPositive();
            }
            assertThat(box.ringwall(0, "status")).doesNotContain(container.cgroup.toString());
            assertThat(box.host.status()).hasSize(1);
        }
    }

    @Test
    void aRefusedCallTakesNoPolicyThatAnotherCountsOn() throws IOException {
        agent();
        try (Container container = new Container("c")) {
            // As when the lock of the second policy is held for too long.
            Files.createDirectory(box.host.pins().root().resolve("later@main"));
            assertThat(call(container.state("creating", "web,later"), "oci-hook")
                            .err())
                    .startsWith("ringwall: `later@main` is not in force\n");
            // A hook that acts by itself meanwhile counts on the first.
            assertThat(box.ringwall(0, "status")).contains(container.cgroup + ": connect4 connect6\n");
            assertThat(container.firstConnect()).isEqualTo("1");
        }
    }

    @Test
    void whatHappenedWithoutItIsBroughtToOrderWhenItStarts() throws IOException {
        Cgroup gone = box.cgroup("gone");
        Cgroup alone = box.cgroup("alone");
        box.ringwall(0, "join", "web", "--cgroup", gone.toString());
        box.ringwall(0, "apply", box.object, "--instance", "alone", "--cgroup", alone.toString());
        box.host.hierarchy().remove(gone);
        box.host.hierarchy().remove(alone);
        box.awaitDetached("web", gone);
        box.awaitDetached("web", alone);
        agent();
        assertThat(box.host.status())
                .singleElement()
                .satisfies(instance -> assertThat(instance.name()).hasToString("web@main"))
                .satisfies(instance -> assertThat(instance.places()).hasSize(1))
                .satisfies(instance -> assertThat(instance.state()).isEqualTo(InstanceStatus.State.IN_FORCE));
    }

    @Test
    void signaturesAreNeededInTheAgentToo() throws Exception {
        agent();
        assertThat(call("", "apply", box.object, "--param", "port=9").err()).isEmpty();
        Path key = Files.write(
                dir.resolve("key.pub"),
                SigningKey.generate(KeyAlgorithm.ED25519).publicKey().pem());
        PrintStream none = new PrintStream(java.io.OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int added = new Ringwall(
                        () -> LoaderHost.ofThisMachine(box.pins),
                        InputStream.nullInputStream(),
                        none,
                        none,
                        Optional.empty(),
                        TrustFiles.below(dir))
                .execute("trust", "add", key.toString());
        assertThat(added).isZero();
        Reply refused = call("", "apply", box.object);
        assertThat(refused.code()).isEqualTo(3);
        assertThat(refused.err()).contains("it is not from a signed bundle, and this host trusts keys");
        assertThat(box.ringwall(0, "status")).contains("generation 2");
    }
}
