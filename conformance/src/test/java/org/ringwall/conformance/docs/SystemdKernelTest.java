// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.systemd.SystemdMachine;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test of docs/systemd.md: boots systemd with the files that the page shows, and runs its
 * commands there.
 */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "busybox"})
class SystemdKernelTest {
    private static final String PAGE = "docs/systemd.md";

    @TempDir
    private Path dir = Path.of("");

    /** Returns the blocks that begin with a comment that names their file. */
    private static Map<String, byte[]> files() {
        Map<String, byte[]> files = new HashMap<>();
        Document page = Document.of(PAGE);
        Stream.of("ini", "yaml")
                .flatMap(language -> page.blocks(language, "# /").stream())
                .forEach(block -> files.put(
                        block.substring("# /".length(), block.indexOf('\n')), block.getBytes(StandardCharsets.UTF_8)));
        return files;
    }

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        Map<String, byte[]> files = files();
        assertThat(files).hasSize(9);
        try (SystemdMachine machine = SystemdMachine.boot(dir, files, List.of())) {
            Path folder = Files.createDirectory(dir.resolve("page"));
            List<String> shell = machine.words("cd " + folder + "; PATH=$PATH:"
                    + Document.root().resolve("bin") + "; sudo() { \"$@\"; }; eval \"$0\"");
            List<String> typed = new ShellPage(folder, "web.wall", Map.of(), shell).run(PAGE, () -> {});
            assertThat(typed).hasSizeGreaterThan(35);
        }
    }
}
