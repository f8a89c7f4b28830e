// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.host.sync.Sync;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/** A test that `sync` brings a host to what files declare, and keeps it there. */
@KernelTest
class SyncKernelTest {
    /** A guard against a thread that does not end. */
    private static final long GUARD_MINUTES = 10;

    private static final String POLICY = """
            policy synced
            param closed : port in 1..1023 = 9
            egress {
              deny if remote.port == closed
              default allow
            }
            """;

    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final TypedCommands commands = new TypedCommands();
    private final Path top =
            KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount();

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectory(dir.resolve("policies.d"));
        compile(POLICY);
        Files.createDirectory(parent.path().resolve("web"));
    }

    @AfterEach
    void clean() {
        commands.remove("synced@main");
        parent.close();
    }

    private void compile(String text) throws IOException {
        Path fresh = dir.resolve("fresh");
        Files.write(fresh, elf(text));
        Files.move(fresh, dir.resolve("synced.o"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static byte[] elf(String text) {
        return Compiler.compile(new SourceFile("synced.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .elf()
                .toArray();
    }

    private String relative(String child) {
        return top.relativize(parent.path()) + "/" + child;
    }

    private void declare(String child, String... more) throws IOException {
        String text = "policy: ../synced.o\nplaces: [{path: " + relative(child) + "}]\n" + String.join("\n", more);
        Files.writeString(dir.resolve("policies.d/synced.yaml"), text);
    }

    private String sync(int code, String... options) {
        List<String> words = new java.util.ArrayList<>(
                List.of("sync", "--dir", dir.resolve("policies.d").toString()));
        words.addAll(List.of(options));
        TypedCommands.Said said = commands.type(words);
        assertThat(said.code()).as(said.text()).isEqualTo(code);
        return said.text();
    }

    private boolean denies(String child, int port) {
        try (Caller caller = Caller.in(parent.path().resolve(child))) {
            long fd = caller.udp(4);
            return caller.connect(fd, "127.0.0.1:" + port) == Errno.EPERM.number();
        }
    }

    @Test
    void appliesDeclarationsAndThenFindsNoDifference() throws IOException {
        declare("web", "params: {closed: 80}");
        assertThat(sync(4, "--check")).isEqualTo("synced@main: not as declared:\n  not in force\n");
        assertThat(denies("web", 80)).isFalse();
        assertThat(sync(0)).isEqualTo("synced@main: in force as declared now; before:\n  not in force\n");
        assertThat(denies("web", 80)).isTrue();
        assertThat(denies("web", 9)).isFalse();
        assertThat(sync(0)).isEqualTo("synced@main: in force as declared\n");
        assertThat(sync(0, "--check")).isEqualTo("synced@main: in force as declared\n");
        assertThat(commands.done("status").get(0)).contains("generation 1");
    }

    @Test
    void everyDifferenceIsFoundAndRemoved() throws IOException {
        declare("web");
        sync(0);
        commands.done("apply", dir.resolve("synced.o").toString(), "--param", "closed=80");
        different("param `closed` is 80 instead of 9");
        commands.done("monitor", "synced", "--for", "5m", "--reason", "by hand");
        different("monitored, which is not declared: nothing is denied");
        compile(POLICY.replace("default allow", "deny if remote.port == 8\n  default allow"));
        different("another object is in force");
        assertThat(denies("web", 8)).isTrue();
        commands.remove("synced@main");
        different("not in force");
        declare("*");
        Files.createDirectory(parent.path().resolve("web2"));
        String generation = commands.done("status").get(0);
        different("not in force at `" + parent.path().resolve("web2") + "`");
        assertThat(commands.done("status").get(0)).as("it joins").isEqualTo(generation);
        assertThat(denies("web2", 9)).isTrue();
        assertThat(denies("web", 9)).isTrue();
        declare("web");
        different("in force at `" + parent.path().resolve("web2") + "`, which is not declared");
        assertThat(denies("web2", 9)).isFalse();
    }

    @Test
    void aContainerOfAnyNameThatAHookLetJoinStaysUnderThePolicy() throws IOException {
        declare("web");
        sync(0);
        // As `ctr run` names it.
        String container = "web2";
        Path cgroup = Files.createDirectory(parent.path().resolve(container));
        hook(container);
        assertThat(denies(container, 9)).isTrue();
        assertThat(sync(0, "--check")).isEqualTo("synced@main: in force as declared\n");
        sync(0);
        assertThat(denies(container, 9)).isTrue();
        // Another place that is not declared ends, and a new version covers the container.
        Files.createDirectory(parent.path().resolve("by-hand"));
        commands.done(
                "join", "synced", "--cgroup", parent.path().resolve("by-hand").toString());
        compile(POLICY.replace("default allow", "deny if remote.port == 8\n  default allow"));
        assertThat(sync(0)).contains("by-hand`, which is not declared").doesNotContain(container);
        assertThat(denies("by-hand", 9)).isFalse();
        assertThat(denies(container, 8)).isTrue();
        // Whoever lets it leave, and join by hand, takes it back from the hook.
        commands.done("leave", "synced", "--cgroup", cgroup.toString());
        commands.done("join", "synced", "--cgroup", cgroup.toString());
        assertThat(sync(0)).contains(container + "`, which is not declared");
        assertThat(denies(container, 8)).isFalse();
    }

    /** Calls the hook for a process in a cgroup, as the runtime of a container. */
    private void hook(String container) throws IOException {
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(parent.path().resolve(container).resolve("cgroup.procs"), String.valueOf(process.pid()));
            String state = "{\"id\": \"c\", \"status\": \"creating\", \"pid\": " + process.pid() + "}";
            assertThat(commands.type(List.of("oci-hook", "synced"), state)).isEqualTo(new TypedCommands.Said(0, ""));
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    @Test
    void aContainerThatHasJoinedByItselfStaysUnderThePolicy() throws IOException {
        declare("web");
        sync(0);
        String container = "libpod-" + "0123456789abcdef".repeat(4);
        Path cgroup = Files.createDirectory(parent.path().resolve(container));
        commands.done("join", "synced", "--cgroup", cgroup.toString());
        assertThat(sync(0, "--check")).isEqualTo("synced@main: in force as declared\n");
        sync(0);
        assertThat(denies(container, 9)).isTrue();
        // A version that ends elsewhere covers it, too.
        Files.createDirectory(parent.path().resolve("web2"));
        commands.done(
                "join", "synced", "--cgroup", parent.path().resolve("web2").toString());
        compile(POLICY.replace("default allow", "deny if remote.port == 8\n  default allow"));
        assertThat(sync(0))
                .contains("another object", "web2`, which is not declared")
                .doesNotContain(container);
        assertThat(denies("web2", 9)).isFalse();
        assertThat(denies(container, 8)).isTrue();
        Files.writeString(
                dir.resolve("policies.d/synced.yaml"),
                "policy: ../synced.o\nplaces: [{path: " + relative("web") + "}, {path: " + relative(container)
                        + "}]\n");
        sync(0);
        declare("web");
        sync(0);
        assertThat(denies(container, 8))
                .as("no longer declared, but a container")
                .isTrue();
    }

    @Test
    void aWrongCgroupNameKeepsThePolicyInForce() throws IOException {
        declare("web");
        sync(0);
        declare("wbe");
        assertThat(sync(4)).contains("there is no cgroup with the path `" + relative("wbe") + "`");
        assertThat(denies("web", 9)).isTrue();
        Files.createDirectory(parent.path().resolve("other"));
        Files.writeString(
                dir.resolve("policies.d/synced.yaml"),
                "policy: ../synced.o\nplaces: [{path: " + relative("other") + "}, {path: " + relative("wbe") + "}]\n");
        assertThat(sync(4)).contains("in force at `" + parent.path().resolve("web") + "`, which is not declared");
        assertThat(denies("web", 9)).isTrue();
        assertThat(denies("other", 9)).isTrue();
    }

    private void different(String difference) {
        assertThat(sync(4, "--check")).isEqualTo("synced@main: not as declared:\n  " + difference + "\n");
        assertThat(sync(0)).contains("before:\n  " + difference + "\n");
        sync(0, "--check");
        assertThat(denies("web", 9)).isTrue();
    }

    @Test
    void monitorModeLastsAsLongAsDeclared() throws IOException {
        declare("web", "monitor: {until: " + java.time.Instant.now().plusSeconds(3600) + ", reason: trial}");
        sync(0);
        assertThat(denies("web", 9)).isFalse();
        sync(0, "--check");
        assertThat(commands.done("status").get(0))
                .contains("monitored for another")
                .contains("(trial)");
        declare("web", "monitor: {until: 2026-01-01T00:00:00Z}");
        assertThat(sync(0)).contains("monitored, which is not declared");
        assertThat(denies("web", 9)).isTrue();
    }

    @Test
    void aMissingCgroupIsAnErrorUnlessOptional() throws IOException {
        declare("missing");
        assertThat(sync(4)).contains("there is no cgroup with the path `" + relative("missing") + "`");
        declare("missing", "required: false");
        assertThat(sync(0))
                .isEqualTo("synced@main: waiting, no cgroup exists\n  waiting for the path `" + relative("missing")
                        + "`\n");
        declare("missing-*");
        assertThat(sync(0)).contains("waiting, no cgroup exists");
    }

    @Test
    void aBrokenFileChangesNothingAndDoesNotStopTheOthers() throws IOException {
        declare("web");
        sync(0);
        Path second = dir.resolve("policies.d/a-broken.yaml");
        Files.writeString(second, "policy: ../synced.o\nplaces: web\n");
        assertThat(sync(1))
                .contains(second + ":2:9: `places` is not a list")
                .contains("synced@main: in force as declared");
        Files.writeString(second, "policy: ../nothing.o\nplaces: [{path: x}]\nrequired: false\n");
        assertThat(sync(0)).contains("there is no file `" + dir.resolve("policies.d/../nothing.o"));
        Files.writeString(second, "policy: ../synced.o\nplaces: [{path: " + relative("web") + "}]\n");
        assertThat(sync(1)).contains("is declared by `" + second + "`, too");
        Files.delete(second);
        declare("web", "params: {opened: 1}");
        assertThat(sync(1, "--check")).contains("policy `synced` has no param `opened`");
        assertThat(denies("web", 9)).isTrue();
    }

    @Test
    void aWrongPlaceLeavesTheOthersInForce() throws IOException {
        Files.writeString(
                dir.resolve("policies.d/synced.yaml"),
                "policy: ../synced.o\nplaces: [{path: " + relative("web") + "}, {unit: web}]\n");
        assertThat(sync(1))
                .contains("synced@main: not as declared:\n  not in force\n")
                .contains("synced.yaml:2:", "`web` is not the name of a unit");
        assertThat(denies("web", 9)).isTrue();
        // While a place is unknown, the policy ends nowhere.
        Files.createDirectory(parent.path().resolve("web2"));
        commands.done(
                "join", "synced", "--cgroup", parent.path().resolve("web2").toString());
        assertThat(sync(1)).contains("web2`, which is not declared");
        assertThat(denies("web2", 9)).isTrue();
    }

    @Test
    void ofTwoFilesForOneInstanceNoneTakesItFromTheOther() throws IOException {
        declare("web");
        sync(0);
        Files.createDirectory(parent.path().resolve("web2"));
        Files.writeString(
                dir.resolve("policies.d/a.yaml"), "policy: ../synced.o\nplaces: [{path: " + relative("web2") + "}]\n");
        assertThat(sync(1)).contains("a.yaml`, too", "synced.yaml`, too");
        assertThat(denies("web", 9)).isTrue();
        assertThat(denies("web2", 9)).isFalse();
        commands.remove("synced@main");
        assertThat(sync(1)).contains("a.yaml`, too", "in force as declared now");
        assertThat(denies("web2", 9)).isTrue();
    }

    @Test
    void whatIsNoFileDoesNotStopTheOthers() throws Exception {
        declare("web");
        Files.createDirectory(dir.resolve("policies.d/a.yaml"));
        Process fifo =
                new ProcessBuilder("mkfifo", dir.resolve("policies.d/b.yaml").toString()).start();
        assertThat(fifo.waitFor()).isZero();
        Files.createSymbolicLink(dir.resolve("policies.d/c.yaml"), Path.of("/dev/zero"));
        assertThat(sync(3)).contains("a.yaml` is not a regular file", "b.yaml` is not a regular file", "now; before");
        assertThat(denies("web", 9)).isTrue();
    }

    @Test
    void filesWritableByOtherUsersAreRefused() throws IOException {
        declare("web");
        Files.setPosixFilePermissions(
                dir.resolve("policies.d/synced.yaml"), PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(sync(3)).contains("synced.yaml` can be written by other users");
        Files.setPosixFilePermissions(
                dir.resolve("policies.d/synced.yaml"), PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(dir.resolve("synced.o"), PosixFilePermissions.fromString("rw-rw-r--"));
        assertThat(sync(3)).contains("synced.o` can be written by other users");
        assertThat(denies("web", 9)).isFalse();
    }

    @Test
    void watchingCoversARecreatedCgroup() throws Exception {
        declare("web", "# nothing else");
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, dir.resolve("policies.d"), () -> RecordedAdmission.ALL)) {
            Thread watch = new Thread(() -> sync.watch(Set.of(), TimeUnit.HOURS.toMillis(1), results -> {}));
            watch.start();
            until(() -> denies("web", 9));
            for (int round = 0; round < 3; round++) {
                Files.delete(parent.path().resolve("web"));
                Files.createDirectory(parent.path().resolve("web"));
                until(() -> denies("web", 9));
            }
            declare("web", "params: {closed: 7}");
            until(() -> denies("web", 7));
            compile(POLICY.replace("default allow", "deny if remote.port == 8\n  default allow"));
            until(() -> denies("web", 8));
            Files.writeString(dir.resolve("policies.d/synced.yaml"), "half a fi");
            assertThat(denies("web", 7)).isTrue();
            sync.stop();
            Guard.ended(watch);
        }
        assertThat(denies("web", 7)).isTrue();
    }

    /** Writes places of a file in two halves, of which the first is valid. */
    private OutputStream half(Path file) throws IOException {
        OutputStream out = Files.newOutputStream(file);
        String text = Files.readString(file);
        assertThat(text).isEmpty();
        out.write(
                ("policy: ../synced.o\nplaces:\n  - path: " + relative("web") + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        return out;
    }

    @Test
    void aFileThatIsBeingWrittenDoesNotCount() throws Exception {
        Files.createDirectory(parent.path().resolve("web2"));
        Path file = dir.resolve("policies.d/synced.yaml");
        try (OutputStream out = half(file)) {
            out.write(("  - path: " + relative("web2") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        sync(0);
        assertThat(denies("web2", 9)).isTrue();
        try (OutputStream out = half(file)) {
            assertThat(sync(3)).contains("has the file open for writing");
            assertThat(denies("web2", 9)).isTrue();
            out.write(("  - path: " + relative("web2") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        // The writer that opens it again for each part: between the parts no process has it open.
        half(file).close();
        Thread writer = new Thread(() -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
            try {
                Files.writeString(file, "  - path: " + relative("web2") + "\n", StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        writer.start();
        assertThat(sync(0)).isEqualTo("synced@main: in force as declared\n");
        writer.join();
        assertThat(denies("web2", 9)).isTrue();
    }

    @Test
    void watchingKeepsThePolicyWhileTheFileIsBeingWritten() throws Exception {
        Files.createDirectory(parent.path().resolve("web2"));
        Path file = dir.resolve("policies.d/synced.yaml");
        try (OutputStream out = half(file)) {
            out.write(("  - path: " + relative("web2") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, dir.resolve("policies.d"), () -> RecordedAdmission.ALL)) {
            AtomicInteger runs = new AtomicInteger();
            Thread watch = new Thread(
                    () -> sync.watch(Set.of(), TimeUnit.HOURS.toMillis(1), results -> runs.incrementAndGet()));
            watch.start();
            until(() -> denies("web2", 9));
            try (OutputStream out = half(file)) {
                int before = runs.get();
                until(() -> runs.get() >= before + 5);
                assertThat(denies("web2", 9)).isTrue();
                // What the file declared before counts for new cgroups, too.
                Files.delete(parent.path().resolve("web2"));
                Files.createDirectory(parent.path().resolve("web2"));
                until(() -> denies("web2", 9));
                out.write("  - path: nothing\n".getBytes(StandardCharsets.UTF_8));
            }
            sync.stop();
            watch.join(TimeUnit.MINUTES.toMillis(GUARD_MINUTES));
        }
    }

    @Test
    void massRemovalNeedsConsent() throws IOException {
        StringBuilder places = new StringBuilder();
        for (int i = 0; i < 14; i++) {
            Files.createDirectory(parent.path().resolve("job" + i));
            places.append("  - path: ").append(relative("job" + i)).append('\n');
        }
        Path file = dir.resolve("policies.d/synced.yaml");
        Files.writeString(file, "policy: ../synced.o\nplaces:\n" + places);
        sync(0);
        declare("job0");
        assertThat(sync(5)).contains("--max-removals", "job13`, which is not declared");
        assertThat(denies("job13", 9)).isTrue();
        assertThat(sync(5, "--max-removals", "12")).contains("job13");
        assertThat(denies("job13", 9)).isTrue();
        // Everything else is changed.
        declare("job0", "params: {closed: 7}");
        assertThat(sync(5)).contains("param `closed`");
        assertThat(denies("job13", 7)).isTrue();
        assertThat(sync(0, "--max-removals", "13")).contains("job13");
        assertThat(denies("job13", 7)).isFalse();
        assertThat(denies("job0", 7)).isTrue();
    }

    @Test
    void anObjectOfEqualSizeTimeAndInodeIsSeen() throws Exception {
        declare("web");
        Path object = dir.resolve("synced.o");
        FileTime time = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(object, time);
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, dir.resolve("policies.d"), () -> RecordedAdmission.ALL)) {
            Thread watch = new Thread(() -> sync.watch(Set.of(), 500, results -> {}));
            watch.start();
            until(() -> denies("web", 9));
            Thread.sleep(1500);
            int port = 8;
            byte[] other = elf(POLICY.replace("= 9", "= " + port));
            while (other.length != Files.size(object)) {
                port--;
                other = elf(POLICY.replace("= 9", "= " + port));
            }
            int closed = port;
            try (OutputStream out = Files.newOutputStream(object, StandardOpenOption.WRITE)) {
                out.write(other);
            }
            Files.setLastModifiedTime(object, time);
            until(() -> denies("web", closed));
            sync.stop();
            watch.join(TimeUnit.MINUTES.toMillis(GUARD_MINUTES));
        }
    }

    private static void until(BooleanSupplier holds) {
        Guard.await("it is in force", holds::getAsBoolean);
    }
}
