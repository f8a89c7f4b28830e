// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.sync.Sync;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.Syscalls;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/** A test that `sync` brings a host to what files declare, and keeps it there. */
@KernelTest
class SyncKernelTest {
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
            Cgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount().point();

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
        Files.write(
                fresh,
                Compiler.compile(new SourceFile("synced.wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
        Files.move(fresh, dir.resolve("synced.o"), StandardCopyOption.ATOMIC_MOVE);
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

    private static void until(BooleanSupplier holds) {
        Guard.await("it is in force", holds::getAsBoolean);
    }
}
