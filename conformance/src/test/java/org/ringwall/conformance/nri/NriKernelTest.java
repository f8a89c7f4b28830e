// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.nri;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.LoaderProcess;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of `ringwall nri` with a real containerd: the rows of the table of failures in
 * docs/nri.md.
 */
@KernelTest
@ToolTest({"containerd", "ctr", "runc", "busybox"})
class NriKernelTest {
    private static final String POLICY = """
            policy web
            egress { deny if remote.ip in 127.0.0.0/8 and remote.port == 9; default allow }
            """;

    private static final String NAMED = "{\"org.ringwall.policy\": \"web\"}";
    private static final String ONCE = "exec nc -w 1 127.0.0.1 9";
    private static final String LOOP = "while :; do nc -w 1 127.0.0.1 9; sleep 0.1; done";
    /** Holds the lock of the instance until its standard input ends. */
    private static final String LOCK = """
            import fcntl, os, sys
            fcntl.flock(os.open('/sys/fs/bpf/ringwall/v1/web@main', os.O_RDONLY), fcntl.LOCK_EX)
            print('locked', flush=True)
            sys.stdin.read()
            """;

    private static final String EMPTY = "policy empty\n\negress {\n  default allow\n}\n";

    private static final String DENIED = "Operation not permitted";
    private static final String ALLOWED = "Connection refused";

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup web = ChildCgroup.make();
    private final List<Process> plugins = new ArrayList<>();
    private @Nullable ContainerdHost started;
    private Path said = Path.of("");

    @BeforeEach
    void begin() throws IOException, InterruptedException {
        started = ContainerdHost.start(Files.createDirectory(dir.resolve("containerd")));
        Path object = dir.resolve("web.o");
        Files.write(
                object,
                ObjectWriter.write(
                        Samples.compileWithWarnings("web.wall", POLICY).object()));
        assertThat(loader("apply", object.toString(), "--cgroup", web.path().toString()))
                .contains("in force, generation 1");
    }

    @AfterEach
    void end() throws IOException, InterruptedException {
        for (Process plugin : plugins) {
            plugin.destroyForcibly().waitFor();
        }
        if (started != null) {
            started.close();
        }
        loader("remove", "web");
        loader("remove", "empty");
        web.close();
    }

    private ContainerdHost host() {
        return Objects.requireNonNull(started);
    }

    private String loader(String... words) {
        return LoaderProcess.run(dir, words).output();
    }

    /** Starts a plugin and waits until the runtime has accepted it. */
    private Process plugin() throws IOException, InterruptedException {
        said = dir.resolve("plugin-" + plugins.size());
        ProcessBuilder builder = LoaderProcess.builder(
                        "nri", "--socket", host().nri().toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        Process plugin = builder.start();
        plugins.add(plugin);
        says("connected to containerd");
        awaitListed(1);
        return plugin;
    }

    /** Waits until containerd has taken the plugin, whose second connection it closes last. */
    private void awaitListed(int times) throws IOException, InterruptedException {
        int before = plugins.size() - 1;
        ContainerdHost.await(
                "containerd has listed its containers twice",
                () -> count(host().messages(), "synchronizing plugin 90-ringwall") >= 2 * (before + times));
    }

    private void says(String text) throws IOException, InterruptedException {
        ContainerdHost.await(
                "the plugin says: " + text, () -> Files.readString(said).contains(text));
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    private void logs(String pod, String text) throws IOException, InterruptedException {
        ContainerdHost.await(
                pod + " prints: " + text + "; plugin: " + Files.readString(said),
                () -> host().log(pod).contains(text));
    }

    /**
     * Waits until a container has connected three times more, and returns what it has printed in
     * that time.
     */
    private String more(String pod) throws IOException, InterruptedException {
        int before = host().log(pod).length();
        // The first line may be the end of an attempt from before.
        ContainerdHost.await(
                pod + " goes on",
                () -> host().log(pod).substring(before).lines().count() > 3);
        return host().log(pod).substring(before).lines().skip(1).reduce("", (a, b) -> a + b + "\n");
    }

    @Test
    void containersAreJudgedFromTheirFirstInstruction() throws IOException, InterruptedException {
        plugin();
        host().run("plain", "{}", ONCE);
        logs("plain", ALLOWED);
        String named = host().run("named", NAMED, ONCE);
        logs("named", DENIED);
        says("web@main: in force on app (" + named + ")");
        host().remove(named);
        // The container's own annotation adds a policy, and takes away none of its pod.
        Path empty = dir.resolve("empty.o");
        Files.write(
                empty,
                ObjectWriter.write(
                        Samples.compileWithWarnings("empty.wall", EMPTY).object()));
        assertThat(loader("apply", empty.toString(), "--cgroup", web.path().toString()))
                .contains("empty@main: in force");
        ContainerdHost.Outcome own = host().create("own", NAMED, "{\"org.ringwall.policy\": \"empty\"}", ONCE);
        assertThat(own.code()).as(own.output()).isZero();
        assertThat(host().start(own.output()).code()).isZero();
        logs("own", DENIED);
        says("web@main, empty@main: in force on app (" + own.output());
        host().remove(own.output());
        String all = "{\"org.ringwall.policy\": \"%s\"}";
        for (String names : List.of("web,other", "", "a b", "web@")) {
            ContainerdHost.Outcome refused =
                    host().create("refused" + names.hashCode(), all.formatted(names), "{}", ONCE);
            assertThat(refused.code()).as(names).isNotZero();
            assertThat(refused.output()).contains("ringwall: ");
        }
        assertThat(Files.readString(said)).contains("is refused: there is no `other@main` on this host");
        ContainerdHost.await("nothing is left of containers that have ended", () -> {
            String status = loader("status");
            return status.contains(web.path() + ": ") && !status.contains("/pods/") && !status.contains("lost");
        });
    }

    @Test
    void policiesThatEndBetweenCreationAndStartRefuseTheStart() throws IOException, InterruptedException {
        plugin();
        ContainerdHost.Outcome created = host().create("late", NAMED, "{}", ONCE);
        assertThat(created.code()).as(created.output()).isZero();
        loader("remove", "web");
        ContainerdHost.Outcome started = host().start(created.output());
        assertThat(started.code()).isNotZero();
        assertThat(started.output()).contains("ringwall: there is no `web@main` on this host; ringwall status lists");
        assertThat(host().log("late")).isEmpty();
    }

    @Test
    void restartsOfThePluginAndOfContainerdLeavePoliciesInForce() throws IOException, InterruptedException {
        Process plugin = plugin();
        host().run("before", NAMED, LOOP);
        String gone = host().run("gone", NAMED, LOOP);
        logs("before", DENIED);
        plugin.destroyForcibly().waitFor();
        // Without a plugin, running containers keep their policies, and others start without.
        assertThat(more("before")).doesNotContain(ALLOWED).contains(DENIED);
        host().remove(gone);
        String meanwhile = host().run("meanwhile", NAMED, LOOP);
        logs("meanwhile", ALLOWED);
        assertThat(loader("status")).contains("lost");
        plugin();
        says("web@main: in force on app (" + meanwhile + ")");
        assertThat(more("meanwhile")).doesNotContain(ALLOWED).contains(DENIED);
        assertThat(loader("status")).doesNotContain("lost");
        host().restart();
        says("not connected: ");
        ContainerdHost.await(
                "the plugin is connected again", () -> count(Files.readString(said), "connected to containerd") >= 2);
        awaitListed(2);
        host().run("after", NAMED, ONCE);
        logs("after", DENIED);
        assertThat(more("before")).contains(DENIED);
        assertThat(host().log("before")).doesNotContain(ALLOWED);
        plugins.get(1).destroy();
        assertThat(plugins.get(1).waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(plugins.get(1).exitValue()).isZero();
        assertThat(more("meanwhile")).doesNotContain(ALLOWED);
    }

    @Test
    void requestsThatTakeTooLongAreRefusedWhileThePluginLives() throws IOException, InterruptedException {
        Process plugin = plugin();
        ContainerdHost.Outcome created = host().create("locked", NAMED, "{}", ONCE);
        Process lock = new ProcessBuilder("/usr/bin/python3", "-c", LOCK)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(lock.getInputStream().read()).isEqualTo('l');
            ContainerdHost.Outcome started = host().start(created.output());
            assertThat(started.code()).isNotZero();
            assertThat(started.output()).contains("ringwall: ").containsAnyOf("within 1", "is being changed");
            host().run("plain", "{}", ONCE);
            logs("plain", ALLOWED);
        } finally {
            lock.getOutputStream().close();
            lock.waitFor();
        }
        assertThat(host().log("locked")).isEmpty();
        // A plugin that does not run at all: containerd waits, and starts the container without it.
        ContainerdHost.Outcome stopped = host().create("stopped", NAMED, "{}", LOOP);
        signal(plugin, "STOP");
        assertThat(host().start(stopped.output()).code()).isZero();
        logs("stopped", ALLOWED);
        signal(plugin, "CONT");
        says("web@main: in force on app (" + stopped.output() + ")");
        assertThat(more("stopped")).doesNotContain(ALLOWED).contains(DENIED);
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }
}
