// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.SyscallException;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/**
 * {@code ringwall run} from outside: the environment of the command, its exit code, and that
 * nothing is left.
 */
@KernelTest
class RunKernelTest {
    private static final String CONNECT = "import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
            + "try:\n s.connect(('127.0.0.1',int(sys.argv[1])))\n print('ok')\nexcept OSError as e: print(e.errno)";

    @TempDir
    Path dir = Path.of("");

    private final String policy = "runtest_" + ProcessHandle.current().pid();
    private String object = "";

    @BeforeEach
    void compile() throws IOException {
        Path file = dir.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort(policy, 9)));
        object = file.toString();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(instances()).isEmpty();
    }

    @Test
    void commandRunsUnderThePolicyAndItsExitCodeIsReturned() throws IOException, InterruptedException {
        assertThat(Spawned.ringwall("run", object, "--", "python3", "-c", CONNECT, "9")
                        .end())
                .isEqualTo(new Spawned.End(0, "1\n"));
        assertThat(Spawned.ringwall("run", object, "--param", "port=10", "--", "python3", "-c", CONNECT, "9")
                        .end())
                .isEqualTo(new Spawned.End(0, "ok\n"));
        assertThat(Spawned.ringwall("run", object, "--", "sh", "-c", "exit 42")
                        .end()
                        .code())
                .isEqualTo(42);
        assertThat(Spawned.ringwall("run", object, "--", "sh", "-c", "kill -9 $$")
                        .end()
                        .code())
                .isEqualTo(137);
    }

    @Test
    void ownFailuresUseTheExitCodesOfContainerTools() throws IOException, InterruptedException {
        String help = "`\n  help: write each word by itself: -- COMMAND ARGUMENT\n";
        for (String word : List.of("no-such-command", "/no/such/command", "echo hello")) {
            assertThat(Spawned.ringwall("run", object, "--", word).end())
                    .isEqualTo(new Spawned.End(127, "ringwall: there is no command `" + word + help));
        }
        assertThat(Spawned.ringwall("run", object, "--", "/etc/passwd").end().code())
                .isEqualTo(126);
        assertThat(Spawned.ringwall("run", object, "--param", "port=0", "--", "true")
                        .end()
                        .code())
                .isEqualTo(125);
    }

    @Test
    void cgroupAndItsProcessesEndWithTheCommand() throws IOException, InterruptedException {
        String script = "sed -n 's/^0:://p' /proc/self/cgroup; sleep 600 >/dev/null 2>&1 & echo $!";
        Spawned.End end =
                Spawned.ringwall("run", object, "--", "sh", "-c", script).end();
        assertThat(end.code()).isZero();
        List<String> lines = end.said().lines().toList();
        assertThat(lines.get(0)).contains("/ringwall-run-");
        assertThat(runs(Long.parseLong(lines.get(1)))).isFalse();
        assertThat(cgroups(lines.get(0))).isEmpty();
    }

    @Test
    void terminationEndsTheCommandAndCleansUp() throws IOException, InterruptedException {
        Spawned run = Spawned.ringwall("run", object, "--", "sh", "-c", "echo $$; exec sleep 600");
        long pid = firstNumber(run);
        assertThat(instances()).hasSize(1);
        run.process().destroy();
        assertThat(run.process().waitFor()).isEqualTo(143);
        assertThat(runs(pid)).isFalse();
    }

    @Test
    void killedRunKeepsItsPolicyUntilItsProcessesEnd() throws IOException, InterruptedException {
        Spawned run = Spawned.ringwall("run", object, "--", "sh", "-c", "echo $$; exec sleep 600 >/dev/null");
        long pid = firstNumber(run);
        run.process().destroyForcibly();
        run.process().waitFor();
        assertThat(Spawned.ringwall("recover").end().code()).isZero();
        assertThat(runs(pid)).isTrue();
        assertThat(instances()).hasSize(1);
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        Guard.await("process " + pid + " has ended", () -> !runs(pid));
        assertThat(Spawned.ringwall("recover").end().code()).isZero();
    }

    private static long firstNumber(Spawned run) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(run.process().getInputStream(), StandardCharsets.UTF_8));
        return Long.parseLong(Optional.ofNullable(reader.readLine()).orElseThrow());
    }

    /** Returns whether the process is running. A zombie is not. */
    private static boolean runs(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/status"))
                    .lines()
                    .noneMatch(line -> line.matches("State:\\s+Z.*"));
        } catch (IOException e) {
            // The process has ended, before the file was opened or after it.
            return false;
        }
    }

    private List<String> instances() throws IOException {
        return names(BpffsPins.MOUNT.resolve("ringwall/v1"), policy + "@");
    }

    /** Returns the mounted hierarchies that still contain this cgroup. */
    private static List<String> cgroups(String path) throws IOException {
        List<String> found = new java.util.ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            Path point = Path.of(line.split(" ", -1)[4]);
            if (line.contains(" - cgroup2 ") && Files.exists(point.resolve(path.substring(1)))) {
                found.add(point.toString());
            }
        }
        return found;
    }

    private static List<String> names(Path folder, String prefix) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.startsWith(prefix))
                    .toList();
        }
    }

    /**
     * A `run` leaves an empty cgroup if it is killed before it has put its policy in force. A
     * `recover` of another test may remove it first, so it is created again until this one reports
     * it, in this process to be fast.
     */
    @Test
    void anEmptyCgroupOfAKilledRunIsRemovedByRecover() throws IOException, InterruptedException {
        try (Runs runs = new Runs()) {
            Cgroup locked = runs.cgroup(2);
            Cgroup foreign = runs.cgroup(3);
            Cgroup busy = runs.cgroup(5);
            Files.setAttribute(foreign.path(), "unix:uid", 4242);
            Process sleeper = new ProcessBuilder("sleep", "600").start();
            Files.writeString(busy.path().resolve("cgroup.procs"), Long.toString(sleeper.pid()));
            runs.unlock(foreign);
            runs.unlock(busy);
            Path left = runs.outer.path().resolve("ringwall-run-1-1");
            String line = "`" + left + "` was left by an interrupted run: removed\n";
            String said = "";
            try {
                for (int tries = 0; tries < 1_000 && !said.contains(line); tries++) {
                    runs.host.hierarchy().createUnlessRemoved(runs.outer, "ringwall-run-1-1");
                    new File(left.toFile(), "nested").mkdir();
                    said = recovered();
                }
                assertThat(said).contains(line);
                assertThat(left).doesNotExist();
                assertThat(List.of(locked, foreign, busy)).allMatch(runs.host.hierarchy()::exists);
            } finally {
                sleeper.destroyForcibly().waitFor();
            }
        }
    }

    private static String recovered() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(() -> LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall")), stream, stream)
                .execute("recover");
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(code).as(text).isZero();
        return text;
    }

    @Test
    void recoverKeepsTheCgroupOfAPolicyInForce() throws IOException, InterruptedException {
        List<String> otherPins =
                List.of("unshare", "-m", "sh", "-c", "mount -t bpf bpf " + BpffsPins.MOUNT + " && exec \"$@\"", "sh");
        try (Runs runs = new Runs()) {
            Cgroup used = runs.cgroup(4);
            Spawned.End applied = Spawned.ringwall("apply", object, "--cgroup", used.toString())
                    .end();
            assertThat(applied.code()).as(applied.said()).isZero();
            runs.unlock(used);
            for (List<String> starter : List.of(List.<String>of(), otherPins)) {
                Spawned.End recovered = Spawned.by(starter, "recover").end();
                assertThat(recovered.code()).as(recovered.said()).isZero();
                assertThat(runs.host.hierarchy().exists(used)).as("%s", starter).isTrue();
            }
        } finally {
            Spawned.ringwall("remove", policy).end();
        }
    }

    /** Cgroups with the names of runs, which no other test's `recover` removes while locked. */
    private static final class Runs implements AutoCloseable {
        private final LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"));
        private final Cgroup outer = host.hierarchy()
                .create(
                        host.cgroups().own(),
                        "runtest-" + ProcessHandle.current().pid());
        private final Map<Cgroup, Fd> locks = new HashMap<>();

        Cgroup cgroup(int number) {
            for (int tries = 0; tries < 100; tries++) {
                Optional<Cgroup> made =
                        host.hierarchy().createUnlessRemoved(outer, "ringwall-run-" + number + "-" + number);
                if (made.isPresent() && locked(made.get())) {
                    return made.get();
                }
            }
            throw new AssertionError("each cgroup was removed before it was locked");
        }

        private boolean locked(Cgroup made) {
            try {
                Fd lock = host.host().openDirectory(made.path());
                locks.put(made, lock);
                return host.host().tryLock(lock) && host.hierarchy().exists(made);
            } catch (SyscallException e) {
                return false;
            }
        }

        void unlock(Cgroup cgroup) {
            Objects.requireNonNull(locks.remove(cgroup)).close();
        }

        @Override
        public void close() {
            locks.values().forEach(Fd::close);
            host.hierarchy().remove(outer);
            host.close();
        }
    }
}
