// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.conformance.container.ContainerHost.DENIED;
import static org.ringwall.conformance.container.ContainerHost.REFUSED;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of `ringwall nri` with a real containerd, set up as docs/nri.md shows: the rows of the
 * table of failures in docs/nri.md.
 */
@KernelTest
@ToolTest({"containerd", "ctr", "runc", "busybox", "flock"})
class NriKernelTest {
    private static final String NAMED = "{\"org.ringwall.policy\": \"web\"}";
    private static final String EMPTY = "policy empty\n\negress {\n  default allow\n}\n";
    private static final String ONCE = "exec nc -w 1 127.0.0.1 9";
    private static final String LOOP = "while :; do nc -w 1 127.0.0.1 9; sleep 0.1; done";

    /** Holds the lock of the instance until its process, whose id is in the file, is ended. */
    private static final String LOCK = "flock --no-fork /sys/fs/bpf/ringwall/v1/web@main"
            + " sh -c 'echo $$ >locked; exec sleep 600' >/dev/null 2>&1 & until [ -s locked ]; do sleep 0.1; done";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;
    private Pods pods;
    private int plugins;

    @BeforeEach
    void begin() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/nri.md"));
        String block = page.split("```toml\n", 2)[1].split("```", 2)[0];
        host = ContainerHost.make(
                dir, Map.of("etc/containerd/config.toml", "version = 2\n" + block.indent(-3) + Pods.SETTINGS));
        pods = new Pods(host, dir);
        host.startContainerd();
        host.apply("web", DockerKernelTest.POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    /** Starts a plugin and waits until the runtime has accepted it. */
    private void plugin(String command) {
        plugins++;
        host.succeeds("(sh -c 'echo $$ >plugin.pid; exec " + command + "' >" + said() + " 2>&1; echo $? >plugin.code)"
                + " </dev/null >/dev/null 2>&1 &");
        says("connected to containerd");
        awaitListed(1);
    }

    private void plugin() {
        plugin("ringwall nri");
    }

    private String said() {
        return "plugin-" + plugins;
    }

    /** Sends the plugin a signal. */
    private void signal(String name) {
        host.succeeds("kill -" + name + " $(cat plugin.pid)");
    }

    /** Waits until containerd has taken the plugin, whose second connection it closes last. */
    private void awaitListed(int times) {
        host.await("[ $(grep -c 'synchronizing plugin 90-ringwall' /run/containerd.log) -ge "
                + 2 * (plugins - 1 + times) + " ]");
    }

    /** Waits until the plugin says something. */
    private void says(String text) {
        host.await("grep -F '" + text + "' " + said() + " || { cat " + said() + "; false; }");
    }

    private String messages() {
        try {
            return Files.readString(dir.resolve(said()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void logs(String pod, String text) {
        String log = "pods/" + pod + "/app.log";
        host.await("grep -F '" + text + "' " + log + " || { cat " + log + " " + said() + "; false; }");
    }

    /**
     * Waits until a container has connected three times more, and returns what it has printed in
     * that time.
     */
    private String more(String pod) {
        int before = pods.log(pod).length();
        // The first line may be the end of an attempt from before.
        host.await("[ $(tail -c +" + (before + 1) + " pods/" + pod + "/app.log | wc -l) -gt 3 ]");
        return pods.log(pod).substring(before).lines().skip(1).reduce("", (a, b) -> a + b + "\n");
    }

    private String run(String name, String annotations, String shell) {
        return pods.run(name, "runc", annotations, shell);
    }

    private Command create(String name, String annotations, String own, String shell) {
        return pods.create(name, "runc", annotations, own, shell);
    }

    /** A plugin in namespaces of its own, where process ids and paths of cgroups are others. */
    @Test
    void aPluginInNamespacesOfItsOwnFindsTheContainers() throws IOException {
        Files.writeString(dir.resolve("own.sh"), """
                mkdir -p /run/own && mount -t cgroup2 cgroup2 /run/own && exec ringwall nri
                """);
        for (String own : new String[] {
            "--pid --fork --kill-child --mount-proc",
            "--cgroup --mount",
            "--cgroup --pid" + " --fork --kill-child --mount-proc"
        }) {
            plugin("unshare " + own + " sh own.sh");
            String pod = "own" + plugins;
            String named = run(pod, NAMED, ONCE);
            logs(pod, DENIED);
            says("web@main: in force on app (" + named + ")");
            // One that runs already is found when the plugin connects again.
            String before = run("before" + pod, NAMED, LOOP);
            assertThat(more("before" + pod)).doesNotContain(REFUSED).contains(DENIED);
            host.succeeds("ringwall leave web --cgroup $(find /sys/fs/cgroup -name " + before + ")");
            host.succeeds(
                    "kill -KILL $(cat /proc/$(cat plugin.pid)/task/*/children) 2>/dev/null; kill -KILL $(cat plugin.pid) 2>/dev/null; sleep 1; rm -f plugin.code");
            plugin("unshare " + own + " sh own.sh");
            says("web@main: in force on app (" + before + ")");
            assertThat(more("before" + pod)).doesNotContain(REFUSED).contains(DENIED);
            host.succeeds(
                    "kill -KILL $(cat /proc/$(cat plugin.pid)/task/*/children) 2>/dev/null; kill -KILL $(cat plugin.pid) 2>/dev/null; sleep 1; rm -f plugin.code");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ringwall nri", "ringwall agent --nri"})
    void containersAreJudgedFromTheirFirstInstruction(String command) {
        plugin(command);
        run("plain", "{}", ONCE);
        logs("plain", REFUSED);
        String named = run("named", NAMED, ONCE);
        logs("named", DENIED);
        says("web@main: in force on app (" + named + ")");
        pods.remove(named);
        // The container's own annotation adds a policy, and takes away none of its pod.
        host.apply("empty", EMPTY);
        String own = create("own", NAMED, "{\"org.ringwall.policy\": \"empty\"}", ONCE)
                .succeeded();
        pods.start(own).succeeded();
        logs("own", DENIED);
        says("web@main, empty@main: in force on app (" + own);
        pods.remove(own);
        String all = "{\"org.ringwall.policy\": \"%s\"}";
        int number = 0;
        for (String names : new String[] {"web,other", "", "a b", "web@"}) {
            Command refused = create("refused" + number++, all.formatted(names), "{}", ONCE);
            assertThat(refused.status()).as(names).isNotZero();
            assertThat(refused.output()).contains("ringwall: ");
        }
        assertThat(messages()).contains("is refused: there is no `other@main` on this host");
        host.await("ringwall status >status && grep -F web.slice: status && ! grep -e /pods/ -e lost status");
    }

    @Test
    void policiesThatEndBetweenCreationAndStartRefuseTheStart() {
        plugin();
        String created = create("late", NAMED, "{}", ONCE).succeeded();
        host.succeeds("ringwall remove web");
        Command started = pods.start(created);
        assertThat(started.status()).isNotZero();
        assertThat(started.output()).contains("ringwall: there is no `web@main` on this host; ringwall status lists");
        assertThat(pods.log("late")).isEmpty();
    }

    @Test
    void restartsOfThePluginAndOfContainerdLeavePoliciesInForce() {
        plugin();
        run("before", NAMED, LOOP);
        String gone = run("gone", NAMED, LOOP);
        logs("before", DENIED);
        signal("KILL");
        host.await("[ -s plugin.code ]");
        // Without a plugin, running containers keep their policies, and others start without.
        assertThat(more("before")).doesNotContain(REFUSED).contains(DENIED);
        pods.remove(gone);
        String meanwhile = run("meanwhile", NAMED, LOOP);
        logs("meanwhile", REFUSED);
        assertThat(host.succeeds("ringwall status")).contains("lost");
        plugin();
        says("web@main: in force on app (" + meanwhile + ")");
        assertThat(more("meanwhile")).doesNotContain(REFUSED).contains(DENIED);
        assertThat(host.succeeds("ringwall status")).doesNotContain("lost");
        host.succeeds("systemctl kill containerd && systemctl start containerd");
        says("not connected: ");
        host.await("[ $(grep -c 'connected to containerd' " + said() + ") -ge 2 ]");
        awaitListed(2);
        run("after", NAMED, ONCE);
        logs("after", DENIED);
        assertThat(more("before")).contains(DENIED);
        assertThat(pods.log("before")).doesNotContain(REFUSED);
        host.succeeds("rm plugin.code");
        signal("TERM");
        host.await("[ -s plugin.code ]");
        assertThat(host.succeeds("cat plugin.code")).isEqualTo("0\n");
        assertThat(more("meanwhile")).doesNotContain(REFUSED);
    }

    @Test
    void requestsThatTakeTooLongAreRefusedWhileThePluginLives() {
        plugin();
        String created = create("locked", NAMED, "{}", ONCE).succeeded();
        host.succeeds(LOCK);
        Command started = pods.start(created);
        assertThat(started.status()).isNotZero();
        assertThat(started.output()).contains("ringwall: ").containsAnyOf("within 1", "is being changed");
        run("plain", "{}", ONCE);
        logs("plain", REFUSED);
        host.succeeds("kill $(cat locked)");
        assertThat(pods.log("locked")).isEmpty();
        // A plugin that does not run at all: containerd waits, and starts the container without it.
        String stopped = create("stopped", NAMED, "{}", LOOP).succeeded();
        signal("STOP");
        pods.start(stopped).succeeded();
        logs("stopped", REFUSED);
        signal("CONT");
        says("web@main: in force on app (" + stopped + ")");
        assertThat(more("stopped")).doesNotContain(REFUSED).contains(DENIED);
    }
}
