// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test of docs/troubleshooting.md: puts its policy in force, and runs its commands. */
@KernelTest
@ToolTest("bpftool")
class TroubleshootingKernelTest {
    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();

    @AfterEach
    void clean() {
        cgroup.close();
    }

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        ShellPage page = new ShellPage(
                dir,
                "web.wall",
                Map.of("/sys/fs/cgroup/web.slice", cgroup.path().toString()));
        try {
            List<String> typed = page.run("docs/troubleshooting.md", () -> {
                String applied = page.output(
                        "ringwallc compile web.wall -o web.o && ringwall apply web.o --cgroup " + cgroup.path());
                assertThat(applied).contains("web@main: in force, generation 1");
            });
            assertThat(typed).hasSize(11);
        } finally {
            page.output("ringwall remove web");
        }
    }
}
