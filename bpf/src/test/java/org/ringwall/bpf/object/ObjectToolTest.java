// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.BtfPrinter;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

class ObjectToolTest {
    @TempDir
    Path directory;

    private BpfObject write(ByteOrder order) throws Exception {
        BpfObject object = Samples.handMade(order);
        Files.write(directory.resolve("a.o"), ObjectWriter.write(object));
        return ObjectWriter.complete(object);
    }

    private String run(String... words) throws Exception {
        Command command = Command.run(directory, words);
        assertThat(command.status()).as(command.output()).isZero();
        return command.output();
    }

    @ToolTest("bpftool")
    @Test
    void bpftoolPrintsTheSameTypes() throws Exception {
        BpfObject object = write(ByteOrder.LITTLE_ENDIAN);
        assertThat(run("bpftool", "btf", "dump", "file", "a.o")).isEqualTo(BtfPrinter.print(object.btf()));
    }

    @ToolTest("readelf")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readelfHasNoWarnings(boolean little) throws Exception {
        write(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        String output = run("readelf", "-a", "-W", "a.o");
        assertThat(output.toLowerCase(Locale.ROOT)).doesNotContain("warning").doesNotContain("error");
        assertThat(output).contains("Linux BPF").contains("R_BPF_64_64").contains("connect4_0a1b2c");
    }

    @ToolTest("llvm-objdump-19")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void objdumpShowsCodeWithItsRelocations(boolean little) throws Exception {
        write(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        String output = run("llvm-objdump-19", "-drS", "--no-show-raw-insn", "a.o");
        assertThat(output.replaceAll("[\\t ]+", " "))
                .contains("<connect4_0a1b2c>:")
                .contains("0: r1 = 0x0 ll\n 0000000000000000: R_BPF_64_64 port")
                .contains("4: r3 = 0x8 ll\n 0000000000000020: R_BPF_64_64 control")
                .contains("R_BPF_64_64 seen")
                .contains("deny if remote.port == 9999")
                .doesNotContain("unknown");
    }

    @ToolTest("bpftool")
    @Test
    void bpftoolMakesASkeletonWithTheVariables() throws Exception {
        write(ByteOrder.LITTLE_ENDIAN);
        assertThat(run("bpftool", "gen", "skeleton", "a.o"))
                .contains("struct bpf_map *seen;")
                .contains("struct bpf_program *connect4_0a1b2c;")
                .contains("unsigned int port;")
                .contains("struct control control;");
    }

    @ToolTest("pahole")
    @Test
    void paholeFindsTheStructs() throws Exception {
        write(ByteOrder.LITTLE_ENDIAN);
        assertThat(run("pahole", "-F", "btf", "-C", "control", "a.o"))
                .contains("unsigned int               lo;")
                .contains("/* size: 16");
    }
}
