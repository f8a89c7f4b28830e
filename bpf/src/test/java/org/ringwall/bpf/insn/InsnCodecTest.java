// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InsnCodecTest {
    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String hex(ByteOrder order, Insn... insns) {
        return HexFormat.of().formatHex(InsnCodec.encode(List.of(insns), order));
    }

    @Test
    void everyInstructionRoundTripsInBothByteOrders() throws MalformedInsnException {
        List<Insn> all = InsnSamples.all();
        for (ByteOrder order : ORDERS) {
            byte[] encoded = InsnCodec.encode(all, order);
            assertThat(encoded).hasSize(InsnCodec.slots(all) * InsnCodec.SLOT_BYTES);
            assertThat(InsnCodec.decode(encoded, order).equals(all)).isTrue();
        }
    }

    @Test
    void noTwoInstructionsShareAnEncoding() {
        Set<String> seen = new HashSet<>();
        for (Insn insn : Set.copyOf(InsnSamples.all())) {
            assertThat(seen.add(hex(ByteOrder.LITTLE_ENDIAN, insn)))
                    .as("%s", insn)
                    .isTrue();
        }
    }

    @Test
    void samplesContainEveryKindOfInstruction() {
        Set<Class<?>> kinds = new HashSet<>();
        InsnSamples.all().forEach(insn -> kinds.add(insn.getClass()));
        assertThat(kinds).containsExactlyInAnyOrder(Insn.class.getPermittedSubclasses());
    }

    @Test
    void registerNibblesSwapWithTheByteOrder() {
        Insn load = new Insn.Load(Width.W, false, Reg.R2, Reg.R1, (short) 0x1234);
        assertThat(hex(ByteOrder.LITTLE_ENDIAN, load)).isEqualTo("6112341200000000");
        assertThat(hex(ByteOrder.BIG_ENDIAN, load)).isEqualTo("6121123400000000");
    }

    @Test
    void wideImmediateIsSplitLowWordFirst() {
        Insn load = new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R3, 0x0000_0008_0000_0005L);
        assertThat(hex(ByteOrder.LITTLE_ENDIAN, load)).isEqualTo("18230000050000000000000008000000");
        assertThat(hex(ByteOrder.BIG_ENDIAN, load)).isEqualTo("18320000000000050000000000000008");
    }

    @Test
    void randomBytesRoundTripOrThrowMalformedInsnException() {
        Random random = new Random(0x52696e67);
        int decoded = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(40) : 8 + 8 * random.nextInt(2)];
            random.nextBytes(bytes);
            if (round % 4 != 0) {
                makeLikely(random, bytes);
            }
            for (ByteOrder order : ORDERS) {
                decoded += decodes(bytes, order) ? 1 : 0;
            }
        }
        assertThat(decoded).isGreaterThan(10_000);
    }

    /** Makes most fields zero, so that reserved fields do not fail before the others are tested. */
    private static void makeLikely(Random random, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (i % 8 != 0 && random.nextInt(8) != 0) {
                bytes[i] = (byte) (random.nextInt(6) == 0 ? 1 : 0);
            }
        }
    }

    private static boolean decodes(byte[] bytes, ByteOrder order) {
        try {
            List<Insn> insns = InsnCodec.decode(bytes, order);
            assertThat(Arrays.equals(InsnCodec.encode(insns, order), bytes))
                    .as(HexFormat.of().formatHex(bytes))
                    .isTrue();
            return true;
        } catch (MalformedInsnException expected) {
            assertThat(expected.slot()).isBetween(0, bytes.length / 8);
            assertThat(expected).hasMessageStartingWith("slot " + expected.slot() + ": ");
            return false;
        }
    }

    @Test
    void decodesExactlyTheDefinedOpcodes() {
        Set<Integer> known = new HashSet<>();
        for (int code = 0; code < 256; code++) {
            for (String rest : List.of("00 0000 00000000", "00 0000 10000000", "00 0000 00000000 0000000000000000")) {
                if (decodes(bytes("%02x".formatted(code) + rest), ByteOrder.LITTLE_ENDIAN)) {
                    known.add(code);
                }
            }
        }
        Set<Integer> ours = new HashSet<>();
        InsnSamples.all().forEach(insn -> ours.add(InsnCodec.opcode(insn)));
        assertThat(known).isEqualTo(ours);
    }

    @ParameterizedTest(name = "{0} is refused: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            07 0b 0000 01000000 | slot 0: no register r11
            b7 0a 0000 01000000 | slot 0: write to read-only r10
            b7 10 0000 01000000 | slot 0: reserved source register is not zero
            b7 00 0100 01000000 | slot 0: move with offset 1
            bf 10 4000 00000000 | slot 0: move with offset 64
            bc 10 2000 00000000 | slot 0: move with offset 32
            bf 10 0000 01000000 | slot 0: reserved immediate is not zero
            07 00 0100 01000000 | slot 0: offset 1 in an operation that reserves it
            37 00 0200 01000000 | slot 0: offset 2 in an operation that reserves it
            e7 00 0000 00000000 | slot 0: unknown opcode 0xe7
            8f 00 0000 00000000 | slot 0: unknown opcode 0x8f
            87 00 0000 01000000 | slot 0: reserved immediate is not zero
            d4 00 0000 08000000 | slot 0: byte swap of 8 bits
            df 00 0000 10000000 | slot 0: unknown opcode 0xdf
            99 00 0000 00000000 | slot 0: unknown opcode 0x99
            61 10 0000 01000000 | slot 0: reserved immediate is not zero
            62 10 0000 01000000 | slot 0: reserved source register is not zero
            c3 10 0000 02000000 | slot 0: unknown atomic operation 0x2
            c3 10 0000 e0000000 | slot 0: unknown atomic operation 0xe0
            db a0 0000 01000000 | slot 0: write to read-only r10
            d3 10 0000 00000000 | slot 0: unknown opcode 0xd3
            db 10 0000 00010000 | slot 0: load_acquire and store_release are newer than cpu v4
            e5 00 0000 00000000 | slot 0: may_goto is newer than cpu v4
            18 00 0000 00000000 | slot 0: 64-bit immediate without its second slot
            18 70 0000 00000000 0000000000000000 | slot 0: unknown form 7 of a 64-bit immediate
            18 00 0000 00000000 1800000000000000 | slot 1: second slot of a 64-bit immediate uses a reserved field
            18 10 0000 00000000 0000000001000000 | slot 1: reserved immediate is not zero
            18 00 0100 00000000 0000000000000000 | slot 0: reserved offset is not zero
            95 00 0000 01000000 | slot 0: reserved immediate is not zero
            95 01 0000 00000000 | slot 0: reserved destination register is not zero
            9d 00 0000 00000000 | slot 0: unknown opcode 0x9d
            85 30 0000 00000000 | slot 0: unknown form 3 of a call
            85 00 0100 00000000 | slot 0: reserved offset is not zero
            86 00 0000 00000000 | slot 0: unknown opcode 0x86
            06 00 0100 00000000 | slot 0: reserved offset is not zero
            05 00 0000 01000000 | slot 0: reserved immediate is not zero
            1d 01 0000 01000000 | slot 0: reserved immediate is not zero
            38 00 0000 00000000 | slot 0: unknown opcode 0x38
            30 01 0000 00000000 | slot 0: reserved destination register is not zero
            9500000000000000 95 00 | slot 1: cut off after 2 of 8 bytes
            9500000000000000 07 00 0100 00000000 | slot 1: offset 1 in an operation that reserves it
            """)
    void reportsTheSlotAndTheReason(String hex, String message) {
        assertThatThrownBy(() -> InsnCodec.decode(bytes(hex), ByteOrder.LITTLE_ENDIAN))
                .isInstanceOf(MalformedInsnException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 32, -1L})
    void refusesANonzeroReservedHighWord(long value) {
        assertThatThrownBy(() -> new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R1, value))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesWritesToTheFramePointer() {
        Operand one = Operand.of(1);
        assertThatThrownBy(() -> new Insn.Mov(Width.DW, Width.DW, Reg.R10, one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R10, one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Insn.Load(Width.B, false, Reg.R10, Reg.R1, (short) 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Insn.Atomic(Insn.AtomicOp.XCHG, true, Width.W, Reg.R1, (short) 0, Reg.R10))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void conditionsInvertInPairs() {
        for (Insn.JumpOp op : Insn.JumpOp.values()) {
            Optional<Insn.JumpOp> back = op.inverse().flatMap(Insn.JumpOp::inverse);
            assertThat(back).isEqualTo(op == Insn.JumpOp.SET ? Optional.empty() : Optional.of(op));
        }
    }
}
