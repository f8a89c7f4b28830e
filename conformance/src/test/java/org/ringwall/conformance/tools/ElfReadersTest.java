// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

/** A test of every sample's ELF and BTF with general-purpose readers. */
class ElfReadersTest {
    @TempDir
    Path directory;

    @ToolTest("readelf")
    @TestFactory
    Stream<DynamicTest> readelfReportsNoErrors() {
        return SampleObjects.inBothOrders(directory, ElfReadersTest::readelf);
    }

    @ToolTest("llvm-readelf-19")
    @TestFactory
    Stream<DynamicTest> llvmReadelfReportsNoErrors() {
        return SampleObjects.inBothOrders(directory, ElfReadersTest::llvm);
    }

    private static void readelf(SampleObject sample) {
        String all = Command.run(sample.directory(), "readelf", "-a", "-W", sample.file())
                .succeeded();
        assertThat(all.toLowerCase(Locale.ROOT)).doesNotContain("warning").doesNotContain("error");
        assertThat(all)
                .contains("Linux BPF")
                .containsPattern("\\d+: 0+ +24 OBJECT +GLOBAL DEFAULT +\\d+ ringwall_control\n");
        for (ProgramSpec program : sample.compilation().object().programs()) {
            int bytes = 8 * program.slots();
            assertThat(all)
                    .contains("] " + program.section() + " ")
                    .containsPattern("\\d+: 0+ +" + bytes + " FUNC +GLOBAL DEFAULT +\\d+ " + program.name() + "\n");
        }
    }

    private static void llvm(SampleObject sample) {
        boolean big = sample.compilation().object().order() == ByteOrder.BIG_ENDIAN;
        String all = Command.run(sample.directory(), "llvm-readelf-19", "-h", "-S", "-s", "-r", sample.file())
                .succeeded();
        assertThat(all.toLowerCase(Locale.ROOT)).doesNotContain("warning").doesNotContain("error");
        assertThat(all).contains("2's complement, " + (big ? "big" : "little") + " endian", "EM_BPF");
        for (ProgramSpec program : sample.compilation().object().programs()) {
            assertThat(all)
                    .containsPattern(
                            " " + 8 * program.slots() + " FUNC +GLOBAL DEFAULT +\\d+ " + program.name() + "\n");
        }
    }
}
