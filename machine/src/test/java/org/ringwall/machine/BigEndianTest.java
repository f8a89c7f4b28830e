// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.value;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;

/**
 * A test of the differences between little-endian and big-endian hosts; each line gives both
 * results.
 */
class BigEndianTest {
    private static void both(String little, String big, String... lines) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Context context = Context.zero(Hook.DEVICE.context(), order);
            assertThat(value(Hook.DEVICE, context, NEWEST, code(lines)))
                    .as(order.toString())
                    .isEqualTo(Long.decode(order == ByteOrder.BIG_ENDIAN ? big : little));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "be16, 0x2211, 0x1122",
        "be32, 0x22110000, 0x1122",
        "be64, 0x2211000000000000, 0x1122",
        "le16, 0x1122, 0x2211",
        "le32, 0x1122, 0x22110000",
        "le64, 0x1122, 0x2211000000000000",
        "bswap16, 0x2211, 0x2211",
        "bswap32, 0x22110000, 0x22110000",
        "bswap64, 0x2211000000000000, 0x2211000000000000"
    })
    void swapsBytesForTheOtherByteOrder(String op, String little, String big) {
        both(little, big, "r0 = 4386", "r0 = " + op + " r0");
    }

    @ParameterizedTest
    @CsvSource({"be16, 0x8877, 0x7788", "le16, 0x7788, 0x8877", "be32, 0x88776655, 0x55667788"})
    void byteSwapsClearTheUpperBitsInBothByteOrders(String op, String little, String big) {
        both(little, big, "r0 = 0x1122334455667788", "r0 = " + op + " r0");
    }

    @ParameterizedTest
    @CsvSource({
        "'*(u8 *)(r10 -8)', 0x88, 0x11",
        "'*(u8 *)(r10 -1)', 0x11, 0x88",
        "'*(u16 *)(r10 -6)', 0x5566, 0x3344",
        "'*(u32 *)(r10 -4)', 0x11223344, 0x55667788",
        "'*(u64 *)(r10 -8)', 0x1122334455667788, 0x1122334455667788"
    })
    void readsPartsOfTheStack(String part, String little, String big) {
        both(little, big, "r2 = 0x1122334455667788", "*(u64 *)(r10 -8) = r2", "r0 = " + part);
    }

    /** `bpf_ctx_narrow_access_offset`, also for fields that are smaller in the kernel. */
    @ParameterizedTest
    @CsvSource({
        "device, access_type, 0x40002, 'u8', 0, 0x2, 0",
        "device, access_type, 0x40002, 'u8', 3, 0, 0x2",
        "device, access_type, 0x40002, 'u16', 2, 4, 2",
        "connect4, user_port, 0x1234, 'u32', 24, 0x3412, 0x1234",
        "connect4, user_port, 0x1234, 'u16', 24, 0x3412, 0x1234",
        "connect4, user_port, 0x1234, 'u16', 26, 0x3412, 0x1234",
        "connect4, user_port, 0x1234, 'u8', 24, 0x12, 0",
        "connect4, user_port, 0x1234, 'u8', 26, 0, 0x12",
        "connect4, user_ip4, 0x7f000001, 'u8', 4, 0x7f, 0x7f",
        "connect4, user_ip4, 0x7f000001, 'u16', 6, 0x0100, 0x0001",
        "post_bind4, type, 2, 'u8', 8, 2, 0",
        "post_bind4, type, 2, 'u16', 8, 2, 2",
        "post_bind4, state, 7, 'u8', 72, 7, 7",
        "post_bind4, dst_port, 0x1234, 'u32', 48, 0x3412, 0x1234",
        "post_bind4, dst_port, 0x1234, 'u16', 48, 0x3412, 0x1234",
        "post_bind4, dst_port, 0x1234, 'u8', 48, 0x12, 0x12",
        "skb_egress, protocol, 0x86dd, 'u16', 18, 0xdd86, 0x86dd",
        "skb_egress, pkt_type, 4, 'u16', 6, 4, 4",
        "skb_egress, len, 0x12345678, 'u8', 1, 0x56, 0x34"
    })
    void readsPartsOfTheContext(
            String word, String field, String number, String width, int offset, String little, String big) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Context context = Context.zero(hook.context(), order).with(field, Long.decode(number));
            assertThat(value(hook, context, NEWEST, code("r0 = *(%s *)(r1 +%d)".formatted(width, offset))))
                    .as(order.toString())
                    .isEqualTo(Long.decode(order == ByteOrder.BIG_ENDIAN ? big : little));
        }
    }

    @ParameterizedTest
    @CsvSource({"connect4, user_port, 24, 0x1234", "connect4, user_ip4, 4, 0x7f000001", "sock_create, mark, 16, 7"})
    void storesContextFieldsInTheByteOrderOfTheHost(String word, String field, int offset, String number) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        Context zero = Context.zero(hook.context(), ByteOrder.BIG_ENDIAN);
        String store = "*(u32 *)(r1 +%d) = r2".formatted(offset);
        Outcome.Returned outcome =
                returned(Machine.run(code("r2 = " + Long.decode(number), store, "r0 = 1", "exit"), hook, zero, NEWEST));
        assertThat(outcome.context()).isEqualTo(zero.with(field, Long.decode(number)));
    }

    /** A path given by the caller: kernel memory holds its length in the host's byte order. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void helpersReadKernelMemoryOfTheHost(boolean little) {
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        Context context = Context.zero(Hook.CONNECT_UNIX.context(), order);
        Environment naming = NEWEST.naming(Bytes.of(new byte[] {1, 0, '/', 'x'}));
        assertThat(value(
                        Hook.CONNECT_UNIX,
                        context,
                        naming,
                        code(
                                "r3 = r1",
                                "r3 += 32",
                                "r1 = r10",
                                "r1 += -8",
                                "r2 = 4",
                                "call bpf_probe_read_kernel#113",
                                "r0 = *(u32 *)(r10 -8)")))
                .isEqualTo(4);
    }

    /** Map values and data sections are in the host's byte order. */
    @ParameterizedTest
    @CsvSource({"true, 0x04030201", "false, 0x01020304"})
    void readsDataOfTheHost(boolean little, String expected) {
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        List<Insn> insns = new ArrayList<>();
        insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R1, 0));
        insns.addAll(code("r2 = *(u32 *)(r1 +0)", "*(u64 *)(r1 +8) = r2", "r0 = 1", "exit"));
        byte[] content = {1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        LoadedProgram program = new LoadedProgram(
                insns, Map.of(0, new Address(".data", 0)), Map.of(".data", new Segment(".data", false, content)));
        Outcome.Returned outcome =
                returned(Machine.run(program, Hook.DEVICE, Context.zero(Hook.DEVICE.context(), order), NEWEST));
        Optional<Segment> data = outcome.segment(".data");
        assertThat(ByteBuffer.wrap(data.orElseThrow().content()).order(order).getLong(8))
                .isEqualTo(Long.decode(expected));
    }
}
