// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.Machine;

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

    /** `ioctl` of the x32 ABI: {@code arch/x86/entry/syscalls/syscall_64.tbl}. */
    private static final int X32_IOCTL = X32 | 514;

    /** `ioctl` of 32-bit x86 and ARM. */
    private static final int COMPAT_IOCTL = 54;

    /** The lower half of the first argument: a process id. */
    private static final int FIRST_ARGUMENT = 16;

    /** The lower half of the second argument, on machines of little-endian order. */
    private static final int SECOND_ARGUMENT = 24;

    /** Commands of include/uapi/asm-generic/ioctls.h. */
    private static final int TIOCSTI = 0x5412;

    private static final int TIOCLINUX = 0x541c;

    private SeccompFilter() {}

    /** Returns the filter in host byte order. */
    static byte[] of(Machine machine) {
        ByteBuffer code = ByteBuffer.allocate(12 * SIZE).order(ByteOrder.nativeOrder());
        put(code, LOAD, 0, 0, ARCHITECTURE);
        put(code, IF_EQUAL, 0, 8, architecture(machine));
        put(code, LOAD, 0, 0, NUMBER);
        put(code, IF_AT_LEAST, 6, 0, X32);
        put(code, IF_EQUAL, 5, 0, Call.BPF.number(machine));
        put(code, IF_EQUAL, 5, 0, Call.CLONE3.number(machine));
        put(code, IF_EQUAL, 0, 2, Call.PRLIMIT64.number(machine));
        put(code, LOAD, 0, 0, FIRST_ARGUMENT);
        put(code, IF_EQUAL, 0, 1, 0);
        put(code, RETURN, 0, 0, ALLOW);
        put(code, RETURN, 0, 0, FAIL | Errno.EPERM.number());
        put(code, RETURN, 0, 0, FAIL | Errno.ENOSYS.number());
        return code.array();
    }

    /**
     * Returns a filter, in host byte order, that fails TIOCSTI and TIOCLINUX of ioctl(2) with EPERM
     * in every ABI and permits all else. The kernel reads 32 bits of the command, so the filter
     * does, too.
     */
    static byte[] withoutTyping(Machine machine) {
        ByteBuffer code = ByteBuffer.allocate(13 * SIZE).order(ByteOrder.nativeOrder());
        put(code, LOAD, 0, 0, ARCHITECTURE);
        put(code, IF_EQUAL, 0, 4, architecture(machine));
        put(code, LOAD, 0, 0, NUMBER);
        put(code, IF_EQUAL, 4, 0, Call.IOCTL.number(machine));
        put(code, IF_EQUAL, 3, 0, X32 | Call.IOCTL.number(machine));
        put(code, IF_EQUAL, 2, 6, X32_IOCTL);
        put(code, LOAD, 0, 0, NUMBER);
        put(code, IF_EQUAL, 0, 4, COMPAT_IOCTL);
        put(code, LOAD, 0, 0, SECOND_ARGUMENT);
        put(code, IF_EQUAL, 1, 0, TIOCSTI);
        put(code, IF_EQUAL, 0, 1, TIOCLINUX);
        put(code, RETURN, 0, 0, FAIL | Errno.EPERM.number());
        put(code, RETURN, 0, 0, ALLOW);
        return code.array();
    }

    /** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of include/uapi/linux/audit.h. */
    private static int architecture(Machine machine) {
        return switch (machine) {
            case X86_64 -> 0xC000003E;
            case AARCH64 -> 0xC00000B7;
        };
    }

    private static void put(ByteBuffer code, int operation, int ifTrue, int ifFalse, int value) {
        code.putShort((short) operation).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
    }
}
