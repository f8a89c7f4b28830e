// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.ToolTest;

/** Containers of docker that the OCI runtime of the package starts. */
@KernelTest
@ToolTest({"docker", "dockerd", "runc", "busybox"})
class DockerKernelTest {
    private static final String DAEMON = """
            {"runtimes": {"ringwall": {"path": "/usr/lib/ringwall/ringwall-runc"}}, "live-restore": true}
            """;
    static final String POLICY = """
            policy web

            egress {
              deny if remote.ip in 127.0.0.0/8 and remote.port == 9
              default allow
            }
            """;
    private static final String PLAIN = "docker run --network none ";
    private static final String RUN = PLAIN + "--runtime ringwall --annotation org.ringwall.policy=web ";

    /** Connects, as its first instruction can. */
    private static final String PROBE = "busybox nc -w 1 127.0.0.1 9";

    private static final String LOOP = "busybox sh -c 'while :; do nc -w 1 127.0.0.1 9; done'";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() {
        host = ContainerHost.make(dir, Map.of("etc/docker/daemon.json", DAEMON));
        host.startDocker();
        host.apply("web", POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    /** Asserts that every line is that of a denied connection, and that there are some. */
    static void assertDenied(String output) {
        assertThat(output.lines())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains(ContainerHost.DENIED));
    }

    @Test
    void optionsOfDockerDoNotTakeThePolicyAway() {
        for (String options : List.of(
                "--privileged",
                "--cgroupns=host",
                "--cgroupns=private",
                "--cgroup-parent=/other",
                "--user=1000",
                "--init --cap-add=ALL",
                "--pid=host",
                "--read-only --security-opt=no-new-privileges")) {
            assertDenied(host.run(RUN + "--rm " + options + " " + PROBE).output());
        }
        assertThat(host.run(PLAIN + "--rm --runtime ringwall " + PROBE).output())
                .contains(ContainerHost.REFUSED);
    }

    @Test
    void noConnectionIsLetThroughByRestartsUpgradesAndKills() {
        host.startAgent("");
        host.succeeds(RUN + "--detach --name loop --restart always " + LOOP);
        host.killAgent();
        host.succeeds("docker restart --time 0 loop");
        host.startAgent("");
        host.succeeds("docker restart --time 0 loop");
        host.killAgent();
        host.succeeds("systemctl restart docker && systemctl kill docker && systemctl start docker");
        host.succeeds("for i in 1 2 3; do ringwall apply web.o || exit; done; ringwall recover");
        // An upgrade that is killed at some moment.
        host.succeeds("for delay in 0.05 0.1 0.2 0.3; do ringwall apply web.o & sleep $delay; kill -9 $! 2>/dev/null;"
                + " done; wait; ringwall recover");
        host.succeeds("docker update --restart on-failure loop && docker pause loop && docker unpause loop");
        assertDenied(host.succeeds("docker exec loop nc -w 1 127.0.0.1 9 2>&1 || true"));
        assertDenied(host.succeeds("docker exec --privileged loop nc -w 1 127.0.0.1 9 2>&1 || true"));
        host.succeeds("kill -9 $(pgrep -f '[c]ontainerd-shim')");
        host.await("docker inspect --format '{{.RestartCount}} {{.State.Running}} {{.State.Restarting}}' loop | grep"
                + " '[1-9] true false'");
        String status = host.succeeds("ringwall status");
        assertThat(status).contains("(container loop)").doesNotContain("not attached", "missing");
        host.succeeds("docker stop --time 0 loop");
        String log = host.succeeds("docker logs loop 2>&1");
        assertThat(log.lines()).hasSizeGreaterThan(100);
        assertDenied(log);
    }

    @Test
    void aKilledHookOrRuntimeStartsNothing() {
        // For a while, every process of the runtime and of the command is killed at some moment.
        host.succeeds("(while [ ! -e stop ]; do sleep 0.$((RANDOM % 3))$((RANDOM % 10));"
                + " for p in $(pgrep -f '[r]ingwall-runc|[o]ci-hook'); do kill -9 $p; done; done) 2>/dev/null & "
                + "for i in $(seq " + Soak.size(12, 60) + "); do timeout 120 " + RUN + "--rm --name k$i " + PROBE
                + "; done >out 2>&1; touch stop; wait");
        String output = host.succeeds("cat out");
        assertThat(output).contains("OCI runtime start failed").doesNotContain(ContainerHost.REFUSED);
        // What was killed left nothing that keeps the next container from its policy.
        assertDenied(host.run(RUN + "--rm " + PROBE).output());
    }

    @Test
    void aContainerWithoutItsPolicyDoesNotStart() {
        assertNotStarted("missing", "there is no `missing@main` on this host");
        assertNotStarted("../web", "is not a valid name of a policy");
        assertNotStarted("", "has no annotation org.ringwall.policy");
        assertThat(host.run(RUN.replace("ringwall.policy", "ringwall.polcy") + "--rm " + PROBE)
                        .output())
                .contains("`org.ringwall.polcy` is not an annotation of Ringwall");
        assertNotStarted("web,web@canary", "there is no `web@canary` on this host");
        // On a host that trusts a key, an unsigned policy does not come into force.
        host.succeeds("ringwall remove web && ringwallc keygen --out release && ringwall trust add release.pub");
        assertThat(host.run("ringwall apply web.o --cgroup /sys/fs/cgroup/web.slice")
                        .output())
                .contains("is not from a signed bundle");
        assertNotStarted("web", "there is no `web@main` on this host");
        host.succeeds("echo ringwall=/nowhere/ringwall >/etc/ringwall/runtime.conf");
        assertNotStarted("web", "/nowhere/ringwall");
    }

    @Test
    void afterABootNoContainerStartsBeforeItsPolicy() {
        host.succeeds(RUN + "--detach --name loop --restart always " + LOOP);
        host.succeeds(
                "docker kill loop && systemctl stop docker && umount /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf");
        host.succeeds("systemctl start docker");
        host.await("docker inspect --format '{{.State.Running}} {{.State.Error}}' loop"
                + " | grep 'false .*there is no `web@main` on this host'");
        host.apply("web", POLICY);
        host.succeeds("docker start loop && sleep 1 && docker stop --time 0 loop");
        assertDenied(host.succeeds("docker logs loop 2>&1"));
    }

    private void assertNotStarted(String policies, String reason) {
        Command run = host.run(
                PLAIN + "--rm --runtime ringwall --annotation 'org.ringwall.policy=" + policies + "' " + PROBE);
        assertThat(run.status()).isEqualTo(125);
        assertThat(run.output())
                .contains("OCI runtime start failed: ringwall: the container is not started: ")
                .contains(reason)
                .doesNotContain(ContainerHost.DENIED, ContainerHost.REFUSED);
        assertThat(host.succeeds("docker ps --all --quiet")).isEmpty();
    }

    /** A container keeps the runtime with which it was created. */
    @Test
    void containersOfAnEarlierDefaultRuntimeAreNamed() {
        host.succeeds(PLAIN + "--detach --name before --restart always " + LOOP);
        assertThat(host.run("ringwall doctor").output()).doesNotContain("docker: ");
        assertThat(host.run("ringwall containers"))
                .isEqualTo(new Command(4, "before (running): runtime runc, which applies no policies\n"));
        host.succeeds(
                "echo policies=web >/etc/ringwall/runtime.conf; sed -i 's/^{/{\"default-runtime\": \"ringwall\", /'"
                        + " /etc/docker/daemon.json && systemctl restart docker && docker restart --time 0 before");
        assertThat(host.succeeds("docker logs --tail 3 before 2>&1")).contains(ContainerHost.REFUSED);
        host.succeeds(PLAIN + "--detach --name after " + LOOP);
        Command listed = host.run("ringwall containers --outside");
        assertThat(listed).isEqualTo(new Command(4, "before (running): runtime runc, which applies no policies\n"));
        assertThat(host.run("ringwall containers --json").output())
                .contains("\"default\":\"ringwall\",\"default_applies\":true")
                .contains("\"name\":\"after\"", "\"runtime\":\"ringwall\",\"applies\":true");
        assertThat(host.run("ringwall doctor").output())
                .contains("docker: 1 container starts without policies, by another runtime than the default: before\n");
        host.succeeds("docker rm --force before && " + PLAIN + "--detach --name before --restart always " + LOOP);
        assertThat(host.succeeds("ringwall containers --outside")).isEqualTo("no container has another runtime\n");
        assertThat(host.run("ringwall doctor").output())
                .contains("docker: all containers start by the default runtime, which applies policies\n");
        host.succeeds("sleep 1; docker stop --time 0 before");
        assertDenied(host.succeeds("docker logs before 2>&1"));
    }

    @Test
    void aPlaceByNameOrLabelIsTheContainerAfterARestartToo() {
        host.succeeds(PLAIN + "--detach --name other --label app=db busybox sleep 600");
        host.succeeds("mkdir -p policies.d; echo '{policy: " + dir
                + "/web.o, places: [{path: web.slice}, {label: app=db}]}' >policies.d/web.yaml");
        String probe = "docker exec other nc -w 1 127.0.0.1 9 2>&1 || true";
        for (String step : List.of("true", "docker restart --time 0 other", "systemctl restart docker")) {
            host.succeeds(step + " && ringwall sync --dir policies.d");
            assertDenied(host.succeeds(probe));
        }
        host.succeeds("docker rename other renamed && ringwall leave web --container renamed");
        assertThat(host.succeeds(probe.replace("other", "renamed"))).contains(ContainerHost.REFUSED);
    }

    @Test
    void containersThatStartAtOnceAreAllJudgedAndLeaveNothing() {
        int containers = Soak.size(20, 100);
        String pins = host.succeeds("find /sys/fs/bpf | sort");
        String output = host.succeeds("seq " + containers + " | xargs -P 10 -I{} sh -c '" + RUN + "--rm --name c{} "
                + PROBE + " 2>&1; true'");
        assertThat(output.lines()).hasSize(containers);
        assertDenied(output);
        host.await("! ringwall status | grep lost");
        assertThat(host.succeeds("find /sys/fs/bpf | sort")).isEqualTo(pins);
        assertThat(host.succeeds("find /sys/fs/cgroup/docker -mindepth 1 -type d"))
                .isEmpty();
    }
}
