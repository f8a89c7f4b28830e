// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * BPF tokens: descriptors with which a user may create objects of the kinds that root has delegated
 * (kernel/bpf/token.c).
 */
public final class Token {
    /** The commands of {@code enum bpf_cmd} that a token is needed for, as a mask. */
    public static final long COMMANDS = 1L << KernelBpf.MAP_CREATE
            | 1L << KernelBpf.PROG_LOAD
            | 1L << KernelBpf.BTF_LOAD
            | 1L << KernelBpf.BTF_GET_FD_BY_ID;

    private static final int TOKEN_CREATE = 36;
    private static final int ATTR_SIZE = 8;

    /** {@code BPF_F_TOKEN_FD} of include/uapi/linux/bpf.h. */
    private static final int BY_TOKEN = 1 << 16;

    private Token() {}

    /**
     * Creates a token. The calling process must be in the user namespace of the bpffs, and have
     * CAP_BPF there.
     *
     * @param bpffs the root directory of a bpffs that was mounted with `delegate_` options
     * @return the descriptor, or the negated error
     */
    public static long create(Syscalls syscalls, Fd bpffs) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(4, bpffs.number());
            return syscalls.call(Call.BPF, TOKEN_CREATE, attr.address(), ATTR_SIZE, 0, 0, 0);
        }
    }

    /** Lets a command that creates or opens an object use the token. */
    static void use(Fd token, int command, NativeBlock attr) {
        switch (command) {
            case KernelBpf.MAP_CREATE -> put(attr, 16, 76, token);
            case KernelBpf.PROG_LOAD -> put(attr, 44, 144, token);
            case KernelBpf.BTF_LOAD -> put(attr, 32, 36, token);
            // From Linux 6.15 on; before it EINVAL.
            case KernelBpf.BTF_GET_FD_BY_ID -> put(attr, 8, 12, token);
            default -> throw new IllegalArgumentException("command " + command + " takes no token");
        }
    }

    private static void put(NativeBlock attr, int flags, int descriptor, Fd token) {
        attr.putInt(flags, attr.intAt(flags) | BY_TOKEN).putInt(descriptor, token.number());
    }
}
