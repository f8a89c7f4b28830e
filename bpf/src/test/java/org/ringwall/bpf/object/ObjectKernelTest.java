// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Pinned;
import org.ringwall.testkit.ToolTest;

@KernelTest
@ToolTest("bpftool")
class ObjectKernelTest {
    @TempDir
    Path directory;

    private Pinned load() throws Exception {
        Files.write(directory.resolve("a.o"), ObjectWriter.write(Samples.handMade(ByteOrder.nativeOrder())));
        return Pinned.load(directory, "a.o");
    }

    @Test
    void kernelShowsTheLinesOfThePolicy() throws Exception {
        try (Pinned pinned = load()) {
            assertThat(pinned.names()).containsExactlyInAnyOrder("connect4_0a1b2c", "connect6_0a1b2c");
            assertThat(pinned.program("connect4_0a1b2c", List.of("dump", "xlated"), "linum"))
                    .contains("int connect4_0a1b2c(struct bpf_sock_addr * ctx)")
                    .contains("deny if remote.port == 9999 [file:box.wall line_num:3 line_col:5]")
                    .contains("default allow [file:box.wall line_num:4 line_col:5]");
        }
    }

    @Test
    void kernelShowsTheMetadata() throws Exception {
        try (Pinned pinned = load()) {
            assertThat(pinned.program("connect4_0a1b2c", List.of("show")))
                    .contains("name connect4_0a1b2c")
                    .contains("metadata:")
                    .contains("policy = \"box\"");
        }
    }
}
