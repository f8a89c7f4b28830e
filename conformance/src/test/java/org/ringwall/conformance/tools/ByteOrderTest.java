// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.conformance.samples.Samples;

/**
 * A test that a policy has the same code in both byte orders, except constants stored in network
 * order, and words of the end of a string, which big-endian machines swap.
 */
class ByteOrderTest {
    private static final String REDIRECT = """
            policy redirect
            on connect4 {
              allow if remote.port == 80 { assign remote.ip = 127.0.0.1; assign remote.port = 3128 }
              default allow
            }
            """;

    @TestFactory
    Stream<DynamicTest> everySampleHasTheSameCodeInBothByteOrders() {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> hasTheSameCode(path)));
    }

    private static void hasTheSameCode(Path path) {
        BpfObject little = Samples.compile(path, ByteOrder.LITTLE_ENDIAN).object();
        BpfObject big = Samples.compile(path, ByteOrder.BIG_ENDIAN).object();
        // An allowed "any" destination becomes 127.0.0.1, in network order.
        assertThat(differing(little, big)).isSubsetOf("100007f instead of 7f000001");
    }

    /** Port 3128 is 0x0c38. */
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

    private static Stream<String> differing(List<Insn> little, List<Insn> turning) {
        List<Insn> big = withoutTurns(turning);
        assertThat(big).hasSameSizeAs(little);
        return Stream.iterate(0, i -> i < little.size(), i -> i + 1)
                .filter(i -> !little.get(i).equals(big.get(i))
                        && !sameBytes(little.get(i), big.get(i))
                        && !sameNumber(little.get(i), big.get(i))
                        && !sameHalf(little.get(i), big.get(i)))
                .map(i -> number(little.get(i)) + " instead of " + number(big.get(i)));
    }

    /**
     * Returns the code without the swaps of words, with jumps shortened: the end of a string is
     * compared as a little-endian number, so a big-endian machine swaps each word of it.
     */
    private static List<Insn> withoutTurns(List<Insn> code) {
        List<Integer> places = new ArrayList<>();
        int kept = 0;
        for (Insn insn : code) {
            for (int slot = 0; slot < insn.slots(); slot++) {
                places.add(kept);
            }
            kept += isTurn(insn) ? 0 : insn.slots();
        }
        places.add(kept);
        List<Insn> rest = new ArrayList<>();
        int slot = 0;
        for (Insn insn : code) {
            int next = slot + insn.slots();
            if (insn instanceof Insn.Jump jump) {
                short off = (short) (places.get(next + jump.off()) - places.get(next));
                rest.add(new Insn.Jump(jump.op(), jump.width(), jump.dst(), jump.src(), off));
            } else if (insn instanceof Insn.Goto jump) {
                rest.add(new Insn.Goto((short) (places.get(next + jump.off()) - places.get(next))));
            } else if (!isTurn(insn)) {
                rest.add(insn);
            }
            slot = next;
        }
        return rest;
    }

    private static boolean isTurn(Insn insn) {
        return insn instanceof Insn.Swap swap && swap.op() == Insn.SwapOp.LE;
    }

    /** Returns whether both compare with or load the same number, each in its order in memory. */
    private static boolean sameNumber(Insn little, Insn big) {
        if (little instanceof Insn.Jump jump && big instanceof Insn.Jump other) {
            boolean equality = jump.op() == Insn.JumpOp.EQ || jump.op() == Insn.JumpOp.NE;
            boolean same = other.equals(new Insn.Jump(jump.op(), jump.width(), jump.dst(), other.src(), jump.off()));
            return equality && same && swapped(jump.src(), other.src());
        }
        if (little instanceof Insn.LoadImm64 one && big instanceof Insn.LoadImm64 other) {
            return other.equals(new Insn.LoadImm64(one.pseudo(), one.dst(), Long.reverseBytes(one.value())));
        }
        return little instanceof Insn.Alu one
                && big instanceof Insn.Alu other
                && (one.op() == Insn.AluOp.XOR || one.op() == Insn.AluOp.AND)
                && other.equals(new Insn.Alu(one.op(), width(one, other), one.dst(), other.src()))
                && swapped(one.src(), other.src());
    }

    /**
     * Returns the width that the big-endian operation has: a mask whose highest of 32 bits is set
     * is an immediate of 32 bits only, as 64 bits it would be sign-extended.
     */
    private static Width width(Insn.Alu little, Insn.Alu big) {
        boolean signed = big.src() instanceof Operand.OfImm mask && mask.value() < 0;
        return signed ? Width.W : little.width();
    }

    private static boolean swapped(Operand little, Operand big) {
        if (!(little instanceof Operand.OfImm one && big instanceof Operand.OfImm other)) {
            return false;
        }
        boolean short16 = other.value() >>> Short.SIZE == 0;
        return one.value() == Integer.reverseBytes(other.value())
                || short16 && one.value() == Short.toUnsignedInt(Short.reverseBytes((short) other.value()));
    }

    /** Returns whether both load the same half of a word. */
    private static boolean sameHalf(Insn little, Insn big) {
        return little instanceof Insn.Load one
                && big instanceof Insn.Load other
                && one.width() == Width.H
                && other.equals(
                        new Insn.Load(one.width(), one.signed(), one.dst(), one.src(), (short) (one.off() ^ 2)));
    }

    /**
     * Returns whether both store the same bytes on the stack or in a record: bytes of a string, or
     * two halves that are two bytes or one number.
     */
    private static boolean sameBytes(Insn little, Insn big) {
        return little instanceof Insn.Store one
                && big instanceof Insn.Store other
                && one.src() instanceof Operand.OfImm lies
                && other.src() instanceof Operand.OfImm stands
                && one.width() == Width.W
                && other.equals(new Insn.Store(one.width(), one.dst(), one.off(), stands))
                && sameHalf(lies.value(), stands.value() >>> Short.SIZE)
                && sameHalf(lies.value() >>> Short.SIZE, stands.value());
    }

    private static boolean sameHalf(int little, int big) {
        return (short) little == Short.reverseBytes((short) big) || (short) little == (short) big;
    }

    private static String number(Insn insn) {
        if (insn instanceof Insn.Mov mov && mov.src() instanceof Operand.OfImm imm) {
            return Long.toHexString(imm.value());
        }
        return insn instanceof Insn.LoadImm64 load ? Long.toHexString(load.value()) : insn.toString();
    }
}
