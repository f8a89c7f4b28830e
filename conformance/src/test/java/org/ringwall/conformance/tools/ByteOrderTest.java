package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.conformance.samples.Samples;

/** One policy for machines of either byte order: the same code, but for constants that are stored in network order. */
class ByteOrderTest {
    private static final String REDIRECT = """
            policy redirect
            on connect4 {
              allow if remote.port == 80 { assign remote.ip = 127.0.0.1; assign remote.port = 3128 }
              default allow
            }
            """;

    @TestFactory
    Stream<DynamicTest> everySampleHasTheSameCode() {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> hasTheSameCode(path)));
    }

    private static void hasTheSameCode(Path path) {
        BpfObject little = Samples.compile(path, ByteOrder.LITTLE_ENDIAN).object();
        BpfObject big = Samples.compile(path, ByteOrder.BIG_ENDIAN).object();
        assertThat(differing(little, big)).isEmpty();
    }

    /** The port 3128 is 0x0c38. */
    @Test
    void constantsInNetworkOrderAreSwappedOnLittleEndianMachinesAlone() {
        BpfObject little = Samples.compile("redirect.wall", REDIRECT, ByteOrder.LITTLE_ENDIAN)
                .object();
        BpfObject big =
                Samples.compile("redirect.wall", REDIRECT, ByteOrder.BIG_ENDIAN).object();
        assertThat(differing(little, big))
                .containsExactlyInAnyOrder("380c instead of c38", "100007f instead of 7f000001");
    }

    private static List<String> differing(BpfObject little, BpfObject big) {
        assertThat(big.programs())
                .extracting(ProgramSpec::name)
                .isEqualTo(little.programs().stream().map(ProgramSpec::name).toList());
        return Stream.iterate(0, i -> i < little.programs().size(), i -> i + 1)
                .flatMap(i -> differing(
                        little.programs().get(i).insns(), big.programs().get(i).insns()))
                .distinct()
                .toList();
    }

    private static Stream<String> differing(List<Insn> little, List<Insn> big) {
        assertThat(big).hasSameSizeAs(little);
        return Stream.iterate(0, i -> i < little.size(), i -> i + 1)
                .filter(i -> !little.get(i).equals(big.get(i)) && !sameBytes(little.get(i), big.get(i)))
                .map(i -> number(little.get(i)) + " instead of " + number(big.get(i)));
    }

    /** Whether both put the same bytes of a string on the stack. */
    private static boolean sameBytes(Insn little, Insn big) {
        return little instanceof Insn.Store one
                && big instanceof Insn.Store other
                && one.src() instanceof Operand.OfImm bytes
                && other.src() instanceof Operand.OfImm swapped
                && one.width() == Width.W
                && one.dst() == Reg.R10
                && other.equals(new Insn.Store(one.width(), one.dst(), one.off(), swapped))
                && bytes.value() == Integer.reverseBytes(swapped.value());
    }

    private static String number(Insn insn) {
        if (insn instanceof Insn.Mov mov && mov.src() instanceof Operand.OfImm imm) {
            return Long.toHexString(imm.value());
        }
        return insn instanceof Insn.LoadImm64 load ? Long.toHexString(load.value()) : insn.toString();
    }
}
