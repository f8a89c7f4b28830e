// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.container.ContainerHost;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of docs/containerd.md: runs its commands with containerd, with the config.toml that it
 * shows.
 */
@KernelTest
@ToolTest({"containerd", "ctr", "runc", "busybox"})
class ContainerdPageKernelTest {
    private static final String PAGE = "docs/containerd.md";

    @TempDir
    private Path dir = Path.of("");

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        String settings = Document.of(PAGE)
                .blocks("toml", "# /etc/containerd/config.toml")
                .get(0);
        try (ContainerHost host = ContainerHost.make(dir, Map.of("etc/containerd/config.toml", settings))) {
            host.startContainerd();
            List<String> shell = host.words("eval \"$0\"");
            List<String> typed = new ShellPage(dir, "web.wall", Map.of(), shell).run(PAGE, () -> {});
            assertThat(typed).hasSize(17);
        }
    }
}
