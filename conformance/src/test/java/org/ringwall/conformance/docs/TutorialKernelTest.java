// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;

/**
 * A test of docs/tutorial.md: saves its policies and runs its commands in a shell, in the order of
 * the page.
 */
@KernelTest
class TutorialKernelTest {
    @TempDir
    private Path dir = Path.of("");

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        List<String> typed = new ShellPage(dir, "my-agent.wall", Map.of()).run("docs/tutorial.md", () -> {});
        assertThat(typed).hasSizeGreaterThan(9).anyMatch(command -> command.startsWith("sudo ringwall run"));
    }
}
