// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Emitted objects loaded into the running kernel by independent tools. */
@KernelTest
class ObjectLoadTest {
    private final Path pins = Path.of(
            "/sys/fs/bpf", "ringwall-test-emit-" + ProcessHandle.current().pid());

    @TempDir
    Path folder;

    @AfterEach
    void unpin() {
        ToolRun.remove(pins);
    }

    private Path object(String name, String text, Target target) {
        Path file = folder.resolve(name + ".o");
        ToolRun.write(file, ObjectWriter.write(Compiled.object(name + ".wall", text, target)));
        return file;
    }

    @Test
    @ToolTest("bpftool")
    void bpftoolLoadsProgramsOfAllNineHooks() {
        Path file = object("every_hook", Texts.EVERY_HOOK, Texts.NEW);
        ToolRun.succeed("bpftool", "prog", "loadall", file.toString(), pins.toString());

        assertThat(ToolRun.names(pins))
                .hasSize(9)
                .allMatch(name -> name.length() == 15)
                .extracting(name -> name.substring(0, name.lastIndexOf('_')))
                .containsExactly(
                        "bind4",
                        "bind6",
                        "connect4",
                        "connect6",
                        "device",
                        "sendmsg4",
                        "sendmsg6",
                        "sock_create",
                        "sysctl");
    }

    @Test
    @ToolTest("bpftool")
    void theKernelShowsThePolicysLinesAndMetadata() {
        Path file = object("every_hook", Texts.EVERY_HOOK, Texts.NEW);
        ToolRun.succeed("bpftool", "prog", "loadall", file.toString(), pins.toString());
        Path program = pins.resolve(ToolRun.names(pins).stream()
                .filter(name -> name.startsWith("connect4"))
                .findFirst()
                .orElseThrow());

        assertThat(ToolRun.succeed("bpftool", "prog", "dump", "xlated", "pinned", program.toString(), "linum"))
                .contains("(struct bpf_sock_addr * ctx)")
                .contains("; deny EACCES if remote.ip in lab [file:every_hook.wall line_num:8 line_col:3]")
                .contains("; allow if uid == 0 and gid == 0 [file:every_hook.wall line_num:11 line_col:3]");
        assertThat(ToolRun.succeed("bpftool", "prog", "show", "pinned", program.toString()))
                .contains("policy = \"every_hook\"")
                .contains("abi = \"1\"")
                .contains("param_proxy_port = \"port 1024..65535 = 3128\"");
    }

    @Test
    @ToolTest("veristat")
    void theVerifierProcessesAtMostThreeTimesTheCode() {
        for (Path file : List.of(
                object("every_hook", Texts.EVERY_HOOK, Texts.NEW),
                object("two_ports", Texts.TWO_PORTS, Target.DEFAULT),
                object("ten_prefixes", Texts.TEN_PREFIXES, Target.DEFAULT))) {
            String[] rows = ToolRun.succeed(
                            "veristat", "-q", "-o", "csv", "-e", "prog,verdict,insns,prog_size", file.toString())
                    .strip()
                    .split("\n");

            assertThat(rows).hasSizeGreaterThan(1);
            Arrays.stream(rows).skip(1).map(row -> row.split(",")).forEach(row -> {
                assertThat(row[1]).as(row[0]).isEqualTo("success");
                assertThat(Integer.parseInt(row[2])).as(row[0]).isLessThanOrEqualTo(3 * Integer.parseInt(row[3]));
            });
        }
    }
}
