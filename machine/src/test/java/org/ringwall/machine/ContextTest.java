// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.value;

import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.DeviceAccess;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;

/** A test that contexts hold the values that programs read at the real hooks for known requests. */
class ContextTest {
    private static final byte[] LOOPBACK = {127, 0, 0, 2};
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 127, 0, 0, 2};

    private static long word(Context context, int offset) {
        return new Memory(context.order()).read(context.bytes(), offset, Width.W);
    }

    @Test
    void showsAConnectOfTcp() {
        Context context = Context.address(Hook.CONNECT4, LOOPBACK, 4660, SocketType.STREAM, 6);
        assertThat(word(context, 0)).isEqualTo(2);
        assertThat(word(context, 4)).isEqualTo(0x0200_007f);
        assertThat(word(context, 24)).isEqualTo(0x3412);
        assertThat(word(context, 28)).isEqualTo(2);
        assertThat(word(context, 32)).isEqualTo(1);
        assertThat(word(context, 36)).isEqualTo(6);
        assertThat(context.number("user_port")).isEqualTo(4660);
        assertThat(context.number("user_ip4")).isEqualTo(0x7f00_0002);
    }

    @Test
    void showsAConnectToAMappedAddress() {
        Context context = Context.address(Hook.CONNECT6, MAPPED, 53, SocketType.DGRAM, 17);
        assertThat(word(context, 0)).isEqualTo(10);
        assertThat(word(context, 16)).isEqualTo(0xffff_0000L);
        assertThat(word(context, 20)).isEqualTo(0x0200_007f);
        assertThat(context.with("protocol", 262).number("protocol")).isEqualTo(262);
    }

    @Test
    void showsSocketsDevicesAndSysctls() {
        Context socket = Context.socket(AddressFamily.INET, SocketType.RAW, 1);
        assertThat(List.of(word(socket, 4), word(socket, 8), word(socket, 12))).containsExactly(2L, 3L, 1L);
        DeviceNumber tun = new DeviceNumber(DeviceKind.CHAR, 10, 200);
        Context device = Context.device(tun, EnumSet.of(DeviceAccess.READ, DeviceAccess.WRITE));
        assertThat(List.of(word(device, 0), word(device, 4), word(device, 8))).containsExactly(0x6_0002L, 10L, 200L);
        assertThat(Context.sysctl(true).number("write")).isOne();
        assertThat(Context.sysctl(false)).isEqualTo(Context.zero(ContextStruct.SYSCTL));
    }

    /** The word that a program loads on a little-endian host and on a big-endian host. */
    @ParameterizedTest
    @CsvSource({
        "SOCK_OPS, remote_port, 4660, 64, 0x34120000, 0x1234",
        "SOCK_OPS, local_port, 4660, 68, 0x1234, 0x1234",
        "SOCK_ADDR, user_port, 4660, 24, 0x3412, 0x1234",
        "SOCK_ADDR, user_ip4, 0x7f000002, 4, 0x0200007f, 0x7f000002",
        "SOCK_ADDR, protocol, 262, 36, 262, 262",
        "SK_BUFF, remote_port, 4660, 132, 0x34120000, 0x1234",
        "SK_BUFF, protocol, 2048, 16, 0x8, 0x800",
        "SOCKOPT, retval, -92, 36, 0xffffffa4, 0xffffffa4"
    })
    void storesEachFieldInItsOwnByteOrder(
            ContextStruct struct, String field, String number, int offset, String little, String big) {
        long value = Long.decode(number);
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Context context = Context.zero(struct, order).with(field, value);
            assertThat(word(context, offset))
                    .as(order.toString())
                    .isEqualTo(Long.decode(order == ByteOrder.BIG_ENDIAN ? big : little));
            assertThat((int) context.number(field)).isEqualTo((int) value);
        }
    }

    @Test
    void contextsOfDifferentByteOrdersDiffer() {
        Context little = Context.zero(ContextStruct.SYSCTL);
        assertThat(Context.zero(ContextStruct.SYSCTL, ByteOrder.BIG_ENDIAN)).isNotEqualTo(little);
    }

    @Test
    void refusesValuesThatNoContextCanHave() {
        Context zero = Context.zero(ContextStruct.SOCK_ADDR);
        assertThatThrownBy(() -> zero.with("user_port", 0x1_0000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> zero.with("user_ip6", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> zero.with("user_ip4", MAPPED)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> zero.with("port", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Context.address(Hook.CONNECT4, MAPPED, 1, SocketType.STREAM, 6))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Context.of(ContextStruct.SYSCTL, ByteOrder.LITTLE_ENDIAN, new byte[4]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Machine.run(code("exit"), Hook.DEVICE, zero, NEWEST))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void returnsTheContextWithTheWritesOfTheProgram() {
        Context before = Context.address(Hook.CONNECT4, LOOPBACK, 80, SocketType.STREAM, 6);
        List<Insn> redirect =
                code("r2 = 16777343", "*(u32 *)(r1 +4) = r2", "r2 = 14348", "*(u32 *)(r1 +24) = r2", "r0 = 1", "exit");
        Context after =
                returned(Machine.run(redirect, Hook.CONNECT4, before, NEWEST)).context();
        assertThat(after.number("user_ip4")).isEqualTo(0x7f00_0001);
        assertThat(after.number("user_port")).isEqualTo(0x0c38);
        assertThat(before.number("user_port")).isEqualTo(80);
    }

    @Test
    void spillsAndReloadsPointers() {
        assertThat(value(code(
                        "*(u64 *)(r10 -16) = r1",
                        "r1 = *(u64 *)(r10 -16)",
                        "r2 = r10",
                        "r2 += -8",
                        "*(u64 *)(r2 +0) = 77",
                        "r3 = *(u32 *)(r1 +4)",
                        "r0 = *(u64 *)(r10 -8)",
                        "r0 += r3")))
                .isEqualTo(77);
    }
}
