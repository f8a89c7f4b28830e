// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * A program of type sk_lookup (kernel 5.9) that assigns every new connection of a network
 * namespace to one listener.
 */
final class LookupProgram {
    private static final int MAP_CREATE = 0;
    private static final int MAP_UPDATE = 2;
    private static final int PROG_LOAD = 5;
    private static final int LINK_CREATE = 28;
    private static final int SOCKMAP = 15;
    private static final int TYPE_SK_LOOKUP = 30;
    private static final int ATTACH_SK_LOOKUP = 36;
    private static final int ATTR = 128;
    private static final int LOOKUP_ELEM = 1;
    private static final int SK_RELEASE = 86;
    private static final int SK_ASSIGN = 124;

    private final Os os;

    LookupProgram(Os os) {
        this.os = os;
    }

    /** Attaches the program, until the descriptors are closed. */
    void giveTo(long listener) {
        try (NativeArena.Frame frame = os.frame()) {
            long map = create(frame);
            NativeBlock key = frame.zeros(4);
            NativeBlock value = frame.zeros(4).putInt(0, (int) listener);
            bpf(
                    MAP_UPDATE,
                    frame.zeros(ATTR)
                            .putInt(0, (int) map)
                            .putLong(8, key.address())
                            .putLong(16, value.address()));
            byte[] code = code((int) map);
            NativeBlock load = frame.zeros(ATTR)
                    .putInt(0, TYPE_SK_LOOKUP)
                    .putInt(4, code.length / 8)
                    .putLong(8, frame.bytes(code).address())
                    .putLong(16, frame.text("GPL").address())
                    .putInt(68, ATTACH_SK_LOOKUP);
            long program = os.opened(bpf(PROG_LOAD, load));
            long namespace = os.open("/proc/thread-self/ns/net", 0);
            NativeBlock link = frame.zeros(ATTR)
                    .putInt(0, (int) program)
                    .putInt(4, (int) namespace)
                    .putInt(8, ATTACH_SK_LOOKUP);
            os.opened(bpf(LINK_CREATE, link));
        }
    }

    private long create(NativeArena.Frame frame) {
        return os.opened(bpf(
                MAP_CREATE,
                frame.zeros(ATTR).putInt(0, SOCKMAP).putInt(4, 4).putInt(8, 4).putInt(12, 1)));
    }

    private long bpf(int command, NativeBlock attr) {
        return os.call(Call.BPF, command, attr.address(), ATTR);
    }

    /** Returns the code: bpf_sk_assign of the socket in the map's first element, then SK_PASS. */
    private static byte[] code(int map) {
        ByteBuffer code = ByteBuffer.allocate(17 * 8).order(ByteOrder.LITTLE_ENDIAN);
        insn(code, 0xbf, 6, 1, 0, 0);
        insn(code, 0x62, 10, 0, -4, 0);
        insn(code, 0xbf, 2, 10, 0, 0);
        insn(code, 0x07, 2, 0, 0, -4);
        insn(code, 0x18, 1, 1, 0, map);
        insn(code, 0, 0, 0, 0, 0);
        insn(code, 0x85, 0, 0, 0, LOOKUP_ELEM);
        insn(code, 0x15, 0, 0, 7, 0);
        insn(code, 0xbf, 7, 0, 0, 0);
        insn(code, 0xbf, 1, 6, 0, 0);
        insn(code, 0xbf, 2, 7, 0, 0);
        insn(code, 0xb7, 3, 0, 0, 0);
        insn(code, 0x85, 0, 0, 0, SK_ASSIGN);
        insn(code, 0xbf, 1, 7, 0, 0);
        insn(code, 0x85, 0, 0, 0, SK_RELEASE);
        insn(code, 0xb7, 0, 0, 0, 1);
        insn(code, 0x95, 0, 0, 0, 0);
        return code.array();
    }

    private static void insn(ByteBuffer code, int op, int dst, int src, int offset, int number) {
        code.put((byte) op)
                .put((byte) (src << 4 | dst))
                .putShort((short) offset)
                .putInt(number);
    }
}
