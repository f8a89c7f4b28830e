// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.delegation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.Machine;

/** The seccomp filter of a confined command: classic BPF over {@code struct seccomp_data}. */
final class SeccompFilter {
    /** The size of an instruction in bytes ({@code struct sock_filter}). */
    static final int SIZE = 8;

    private static final int LOAD = 0x20;
    private static final int IF_EQUAL = 0x15;
    private static final int IF_AT_LEAST = 0x35;
    private static final int RETURN = 0x06;
    private static final int NUMBER = 0;
    private static final int ARCHITECTURE = 4;
    private static final int ALLOW = 0x7fff0000;
    private static final int FAIL = 0x00050000;

    /** The first system call number of the x32 ABI; aarch64 has no such numbers. */
    private static final int X32 = 0x40000000;

    private SeccompFilter() {}

    /** Returns the filter in host byte order. */
    static byte[] of(Machine machine) {
        int architecture = switch (machine) {
            case X86_64 -> 0xC000003E;
            case AARCH64 -> 0xC00000B7;
        };
        ByteBuffer code = ByteBuffer.allocate(9 * SIZE).order(ByteOrder.nativeOrder());
        put(code, LOAD, 0, 0, ARCHITECTURE);
        put(code, IF_EQUAL, 0, 5, architecture);
        put(code, LOAD, 0, 0, NUMBER);
        put(code, IF_AT_LEAST, 3, 0, X32);
        put(code, IF_EQUAL, 2, 0, Call.BPF.number(machine));
        put(code, IF_EQUAL, 2, 0, Call.CLONE3.number(machine));
        put(code, RETURN, 0, 0, ALLOW);
        put(code, RETURN, 0, 0, FAIL | Errno.EPERM.number());
        put(code, RETURN, 0, 0, FAIL | Errno.ENOSYS.number());
        return code.array();
    }

    private static void put(ByteBuffer code, int operation, int ifTrue, int ifFalse, int value) {
        code.putShort((short) operation).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
    }
}
