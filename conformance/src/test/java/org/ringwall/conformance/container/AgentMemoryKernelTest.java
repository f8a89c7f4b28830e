// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.ToolTest;

/** The memory of the agent while every loop that it can host has work. */
@KernelTest
@ToolTest({"docker", "dockerd", "containerd", "ctr", "runc", "busybox", "python3"})
class AgentMemoryKernelTest {
    private static final int MOST_MIB = 96;
    private static final int PODS = 10;

    private static final Map<String, String> FILES = Map.of(
            "etc/docker/daemon.json",
            "{\"runtimes\": {\"ringwall\": {\"path\": \"/usr/lib/ringwall/ringwall-runc\"}}}",
            "etc/containerd/config.toml",
            "version = 2\n[plugins.\"io.containerd.nri.v1.nri\"]\n  disable = false\n" + Pods.SETTINGS,
            "etc/ringwall/runtime.conf",
            "options=--agent required --timeout 60\n");

    private static final String POLICY = """
            policy web

            counter tries [cgroup] { n: attempts }  max 1000

            egress {
              deny if remote.ip in 127.0.0.0/8 and remote.port == 9 { log; count tries }
              default allow
            }
            """;

    /** A journal that keeps the messages that it receives. */
    private static final String JOURNAL = "import os, socket\n" + "os.makedirs('/run/systemd/journal')\n"
            + "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            + "s.bind('/run/systemd/journal/socket')\n"
            + "while True:\n"
            + "  with open('journal', 'ab') as f: f.write(s.recv(1 << 20))\n";

    private static final String PROBE = "nc -w 1 127.0.0.1 9";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() {
        host = ContainerHost.make(dir, FILES);
        host.startDocker();
        host.startContainerd();
        host.apply("web", POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    @Test
    void allLoopsTogetherStayBelowTheLimit() {
        int containers = Soak.size(20, 100);
        host.succeeds("mkdir policies.d; echo '{policy: " + dir
                + "/web.o, places: [{path: web.slice}, {label: app=late}]}' >policies.d/web.yaml");
        host.succeeds("(exec python3 -c \"" + JOURNAL + "\") </dev/null >/dev/null 2>&1 &");
        host.await("[ -S /run/systemd/journal/socket ]");
        host.startAgent("--nri --sync --dir " + dir + "/policies.d --metrics 127.0.0.1:9435 --events web");
        host.await("grep -F 'connected to containerd' agent.out");
        host.succeeds("(while [ ! -e stop ]; do busybox wget -q -O scraped.new http://127.0.0.1:9435/metrics"
                + " && mv scraped.new scraped; sleep 1; done) </dev/null >/dev/null 2>&1 &");
        String output = host.succeeds("seq " + containers
                + " | xargs -P 10 -I{} sh -c 'docker run --rm --network none --runtime ringwall"
                + " --annotation org.ringwall.policy=web busybox " + PROBE + " 2>&1; true'");
        assertThat(output.lines()).hasSize(containers);
        DockerKernelTest.assertDenied(output);
        Pods pods = new Pods(host, dir);
        for (int i = 0; i < PODS; i++) {
            String pod = "pod" + i;
            pods.run(pod, "runc", "{\"org.ringwall.policy\": \"web\"}", PROBE + "; sleep 600");
            host.await("grep -F '" + ContainerHost.DENIED + "' pods/" + pod + "/app.log");
        }
        // Each loop has done its work.
        host.succeeds("docker run --detach --name late --label app=late --network none busybox sleep 600");
        host.await("ringwall status | grep -F '(container late)'");
        host.await("[ $(grep -c -a -F 'deny connect4' journal) -ge " + (containers + PODS) + " ]");
        host.await("grep -F 'container=\"shop/pod0/app\"' scraped");
        host.succeeds("touch stop");
        int peak = Integer.parseInt(
                host.succeeds("grep VmHWM /proc/$(cat agent.pid)/status").replaceAll("\\D", ""));
        System.out.printf("agent with all loops, %d containers: peak %d KiB%n", containers + PODS, peak);
        assertThat(peak).as("KiB").isLessThanOrEqualTo(MOST_MIB << 10);
        host.killAgent();
    }
}
