// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
 * Containers of containerd that the OCI runtime of the package starts: by ctr, and as pods by the
 * Kubernetes interface with the configuration that docs/containerd.md shows.
 */
@KernelTest
@ToolTest({"containerd", "ctr", "runc", "crun", "setpriv", "busybox"})
class ContainerdKernelTest {
    private static final String IMAGE = Pods.IMAGE;
    private static final String RUN =
            "ctr run --runc-binary /usr/lib/ringwall/ringwall-runc" + " --annotation org.ringwall.policy=web ";
    private static final String PROBE = "nc -w 1 127.0.0.1 9";
    private static final String LOOP = "while :; do nc -w 1 127.0.0.1 9; done";
    private static final String ANNOTATED = "{\"org.ringwall.policy\": \"web\"}";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/containerd.md"));
        String block = page.split("```toml\n", 2)[1].split("```", 2)[0];
        host = ContainerHost.make(dir, Map.of("etc/containerd/config.toml", block + Pods.SETTINGS));
        host.startContainerd();
        host.apply("web", DockerKernelTest.POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    @Test
    void noConnectionIsLetThroughByRestartsUpgradesAndKills() {
        host.startAgent("");
        host.succeeds(RUN + "--detach --log-uri file://" + dir + "/log " + IMAGE + " loop sh -c '" + LOOP + "'");
        host.killAgent();
        host.succeeds("systemctl restart containerd && systemctl kill containerd && systemctl start containerd");
        host.succeeds("for i in 1 2 3; do ringwall apply web.o || exit; done; ringwall recover");
        host.succeeds("ctr tasks pause loop && ctr tasks resume loop");
        // ctr can lose the output of a process that ends at once.
        DockerKernelTest.assertDenied(
                host.succeeds("ctr tasks exec --exec-id probe loop sh -c 'nc -w 1 127.0.0.1 9; sleep 1' 2>&1 || true"));
        for (String agent : List.of("started", "killed")) {
            if (agent.equals("started")) {
                host.startAgent("");
            } else {
                host.killAgent();
            }
            host.succeeds("ctr tasks kill --signal KILL loop");
            host.await("ctr tasks delete loop");
            host.succeeds("ctr tasks start --detach --log-uri file://" + dir + "/log-" + agent + " loop");
            host.await("[ $(wc -l <log-" + agent + ") -gt 100 ]");
        }
        host.succeeds("ctr tasks kill --signal KILL loop");
        host.await("ctr tasks delete loop; ctr containers delete loop");
        DockerKernelTest.assertDenied(host.succeeds("cat log-started log-killed"));
        String log = host.succeeds("cat log");
        assertThat(log.lines()).hasSizeGreaterThan(100);
        DockerKernelTest.assertDenied(log);
    }

    @Test
    void anIdThatIsUsedAgainHasThePolicyOfItsOwnContainer() {
        for (int i = 0; i < 3; i++) {
            DockerKernelTest.assertDenied(
                    host.run(RUN + "--rm " + IMAGE + " same " + PROBE).output());
            assertThat(host.run("ctr run --rm " + IMAGE + " same " + PROBE).output())
                    .contains(ContainerHost.REFUSED);
        }
        host.await("! ringwall status | grep lost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/usr/sbin/runc", "/usr/bin/crun"})
    void aContainerThatIsCreatedAndNotStartedExecutesNothing(String runtime) throws IOException {
        // ctr has no command that only creates a task.
        ContainerHost.bundle(dir.resolve("bundle"), "", "sleep", "600");
        String called = "cd bundle && RINGWALL_RUNTIME=" + runtime + " /usr/lib/ringwall/ringwall-runc ";
        host.succeeds(called + "create --bundle . one </dev/null >/dev/null 2>&1");
        String exec = called + "exec one nc -w 1 127.0.0.1 9 2>&1 || true";
        assertThat(host.succeeds(exec)).startsWith("ringwall: the container `one` is not started");
        host.succeeds(called + "start one");
        // Newer versions of runc warn of capabilities that this host does not have.
        DockerKernelTest.assertDenied(host.succeeds("{ " + exec + "; } | grep ^nc:"));
        host.succeeds(called + "delete --force one");
    }

    @Test
    void aContainerThatSharesItsCgroupIsNotStarted() throws IOException {
        ContainerHost.bundle(dir.resolve("bundle"), "/shared", "sleep", "600");
        host.succeeds("mkdir /sys/fs/cgroup/shared && (sleep 60 & echo $! >/sys/fs/cgroup/shared/cgroup.procs)");
        String start =
                "cd bundle && export RINGWALL_RUNTIME=%s; /usr/lib/ringwall/ringwall-runc %s create --bundle . one"
                        + " </dev/null >/dev/null 2>&1; /usr/lib/ringwall/ringwall-runc start one; code=$?;"
                        + " /usr/lib/ringwall/ringwall-runc delete --force one; exit $code";
        // crun can leave the container in the cgroup of its caller.
        for (String script : List.of(
                start.formatted("/usr/sbin/runc", ""), start.formatted("/usr/bin/crun", "--cgroup-manager disabled"))) {
            Command shared = host.run(script);
            // runc creates no container in such a cgroup from version 1.2 on.
            if (!shared.output().contains("has no state of the container `one`")) {
                assertThat(shared.output()).contains("also contains ", "give the container a cgroup of its own");
            }
            assertThat(shared.status()).isEqualTo(1);
        }
        assertThat(host.succeeds("ringwall status")).doesNotContain("/shared", "/host");
    }

    @Test
    void aContainerInAUserNamespaceIsNotStarted() {
        host.succeeds("""
                cat >/run/runtime <<'END'
                #!/bin/sh
                echo '{"id": "one", "pid": '$$', "status": "created", "annotations": {"org.ringwall.policy": "web"}}'
                echo "$*" >&2
                END
                chmod 755 /run/runtime
                """);
        Command rootless = host.run("RINGWALL_RUNTIME=/run/runtime setpriv --reuid=65534 --regid=65534 --clear-groups"
                + " unshare --user --map-root-user /usr/lib/ringwall/ringwall-runc start one");
        assertThat(rootless.status()).isEqualTo(1);
        assertThat(rootless.output())
                .contains("ringwall: the container is not started: ")
                .doesNotContain("start one");
    }

    @Test
    void aPodOfTheRuntimeClassStartsUnderItsPolicy() {
        Pods pods = new Pods(host, dir);
        pods.run("judged", "ringwall", ANNOTATED, LOOP);
        pods.run("plain", "runc", ANNOTATED, PROBE);
        host.await("grep '" + ContainerHost.REFUSED + "' pods/plain/app.log");
        host.succeeds("systemctl restart containerd && ringwall apply web.o");
        host.await("[ $(grep -c nc: pods/judged/app.log) -gt 100 ]");
        // The pause container and the program's.
        assertThat(host.succeeds("ringwall status").lines().filter(line -> line.contains("/pods/")))
                .hasSize(2);
        pods.removePod("judged");
        DockerKernelTest.assertDenied(pods.log("judged"));
        Command refused = pods.create("refused", "ringwall", "{\"org.ringwall.policy\": \"other\"}", "{}", PROBE);
        assertThat(refused.output())
                .contains("ringwall: the container is not started: there is no `other@main` on this host");
        assertThat(refused.status()).isEqualTo(1);
        host.await("! ringwall status | grep lost");
    }
}
