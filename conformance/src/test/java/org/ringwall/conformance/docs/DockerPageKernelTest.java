// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.container.ContainerHost;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test of docs/docker.md: runs its commands with docker, with the daemon.json that it shows. */
@KernelTest
@ToolTest({"docker", "dockerd", "runc", "busybox"})
class DockerPageKernelTest {
    private static final String PAGE = "docs/docker.md";

    @TempDir
    private Path dir = Path.of("");

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        String settings = Document.of(PAGE).blocks("json", "{").get(0);
        Map<String, String> here = new LinkedHashMap<>();
        here.put("docker run", "docker run --network none");
        try (ContainerHost host = ContainerHost.make(dir, Map.of("etc/docker/daemon.json", settings))) {
            host.startDocker();
            List<String> shell = host.words("eval \"$0\"");
            List<String> typed = new ShellPage(dir, "web.wall", here, shell).run(PAGE, () -> {});
            assertThat(typed).hasSizeGreaterThan(25);
        }
    }
}
