// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.conformance.container.DockerKernelTest.assertDenied;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** The files of docs/required-policy.md, with containers that name no policy. */
@KernelTest
@ToolTest({"docker", "dockerd", "containerd", "ctr", "runc", "crun", "podman", "busybox"})
class RequiredPolicyKernelTest {
    private static final String PROBE = "nc -w 1 127.0.0.1 9";
    private static final String ABSENT = "there is no `base@main` on this host";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/required-policy.md"));
        Map<String, String> files = new LinkedHashMap<>();
        files.put("etc/docker/daemon.json", block(page, "json", 0));
        files.put("etc/ringwall/runtime.conf", block(page, "conf", 0));
        files.put("etc/containerd/config.toml", block(page, "toml", 0) + Pods.SETTINGS);
        files.put("usr/share/containers/oci/hooks.d/ringwall-base.json", block(page, "json", 1));
        host = ContainerHost.make(dir, files);
    }

    @AfterEach
    void end() {
        host.close();
    }

    private static String block(String page, String language, int index) {
        return page.split("```" + language + "\n", -1)[index + 1].split("```", 2)[0];
    }

    private void apply() {
        host.apply("base", DockerKernelTest.POLICY.replace("policy web", "policy base"));
    }

    @Test
    void containersOfDocker() {
        host.startDocker();
        String run = "docker run --rm --network none busybox " + PROBE;
        Command refused = host.run(run);
        assertThat(refused.status()).isEqualTo(125);
        assertThat(refused.output()).contains(ABSENT);
        apply();
        assertDenied(host.run(run).output());
        assertThat(host.succeeds("docker run --detach --network none --name other --runtime runc busybox sleep 600;"
                        + " ringwall containers --outside || [ $? = 4 ]"))
                .endsWith("other (running): runtime runc, which applies no policies\n");
    }

    @Test
    void podsOfContainerd() {
        Pods pods = new Pods(host, dir);
        host.startContainerd();
        // Not even the sandbox starts.
        assertThat(pods.create("refused", "", "{}", "{}", PROBE).output()).contains(ABSENT);
        apply();
        for (String handler : new String[] {"", "runc"}) {
            String pod = "pod" + handler;
            pods.run(pod, handler, "{}", "exec " + PROBE);
            host.await("[ -s pods/" + pod + "/app.log ]");
            assertThat(pods.log(pod)).contains(ContainerHost.DENIED).doesNotContain(ContainerHost.REFUSED);
        }
    }

    @Test
    void containersOfPodman() {
        String run = "podman --runtime runc --cgroup-manager cgroupfs --storage-driver vfs --events-backend file run"
                + " --rm --network none --pids-limit 0 %s --rootfs " + host.root() + " ";
        assertThat(host.run(run.formatted("") + PROBE).output()).contains(ABSENT);
        apply();
        assertDenied(host.run(run.formatted("") + "/bin/" + PROBE).output());
        // One without a cgroup of its own, which runc does not start at all.
        Command shared = host.run(
                run.replace("--runtime runc", "--runtime crun").formatted("--cgroups disabled") + "/bin/" + PROBE);
        assertThat(shared.status()).isNotZero();
        assertThat(shared.output())
                .contains("/usr/bin/ringwall")
                .doesNotContain(ContainerHost.DENIED, ContainerHost.REFUSED);
    }
}
