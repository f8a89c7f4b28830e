// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Objects that clang compiles from C source, which must satisfy the same contract. */
@KernelTest
class ClangObjectTest {
    @TempDir
    Path dir = Path.of("");

    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    @ToolTest({"clang-19", "bpftool"})
    void clangObjectIsAppliedAndBpftoolReadsItsMetadata() throws Exception {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        int open = box.listen();
        apply(policy(), cgroup, denied);
        assertThat(box.connect(cgroup, denied)).isEqualTo("EPERM");
        assertThat(box.connect(cgroup, open)).isEqualTo("ok");
        Path pins = box.host.pins().root().resolve("clang@main");
        assertThat(output(
                        "bpftool",
                        "prog",
                        "show",
                        "pinned",
                        pins.resolve("g1/connect4").toString()))
                .contains("policy = \"clang\"", "param_port = \"port 1..65535 = 8080\"");
        assertThat(output(
                        "bpftool",
                        "map",
                        "dump",
                        "pinned",
                        pins.resolve("control").toString()))
                .contains("\"lo\": 1", "\"hi\": 1", "\"monitor_until\": 0");
    }

    @Test
    @ToolTest({"clang-19", "bpftool"})
    void sourceLinesSurviveIntoTheKernel() throws Exception {
        apply(policy(), box.cgroup("a"), 9);
        Path program = box.host.pins().root().resolve("clang@main/g1/connect4");
        assertThat(output("bpftool", "prog", "dump", "xlated", "pinned", program.toString(), "linum"))
                .contains("__u32 g = ringwall_generation;", "policy.c line_num:");
    }

    @Test
    @ToolTest("clang-19")
    void refusalNamesTheSourceLine() throws Exception {
        PolicyObject bad = policy("-DBAD");
        assertThatThrownBy(() -> apply(bad, box.cgroup("a"), 9))
                .isInstanceOf(KernelRefusedException.class)
                .hasMessageMatching("the kernel refused to load the program `connect4_c` \\(EACCES\\): "
                        + "invalid bpf_context access off=1024 size=4, at `return .*1024.*` \\(policy\\.c:\\d+\\)");
        assertThat(box.pins()).isEmpty();
    }

    private void apply(PolicyObject policy, Cgroup cgroup, int port) {
        box.host
                .applier()
                .apply(new ApplyRequest(
                        policy, "main", List.of(cgroup), Map.of("port", Integer.toString(port)), false));
    }

    private PolicyObject policy(String... flags) throws IOException, InterruptedException, ObjectFormatException {
        Path source = dir.resolve("policy.c");
        try (InputStream in = ClangObjectTest.class.getResourceAsStream("policy.c")) {
            Files.write(source, in == null ? new byte[0] : in.readAllBytes());
        }
        Path object = dir.resolve("policy.o");
        List<String> words = new ArrayList<>(List.of("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v2"));
        words.addAll(List.of("-I/usr/include/x86_64-linux-gnu", "-I/usr/include/aarch64-linux-gnu"));
        words.addAll(List.of(flags));
        words.addAll(List.of("-c", source.toString(), "-o", object.toString()));
        output(words.toArray(String[]::new));
        return PolicyObject.of(ObjectReader.read(Files.readAllBytes(object)));
    }

    private String output(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
