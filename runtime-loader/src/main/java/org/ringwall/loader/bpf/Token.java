// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeBlock;

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

    /** {@code BPF_F_TOKEN_FD} of include/uapi/linux/bpf.h. */
    private static final int BY_TOKEN = 1 << 16;

    private Token() {}

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
