// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The type of a socket in contexts: `enum sock_type` of include/linux/net.h, without SOCK_CLOEXEC
 * and SOCK_NONBLOCK, which `__sys_socket` strips before any hook.
 */
public enum SocketType {
    STREAM(1),
    DGRAM(2),
    RAW(3),
    RDM(4),
    SEQPACKET(5),
    DCCP(6),
    PACKET(10);

    private final int number;

    SocketType(int number) {
        this.number = number;
    }

    public static Optional<SocketType> of(int number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }

    /** Returns the type that users write like this: `stream`, `raw`. */
    public static Optional<SocketType> ofWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst();
    }

    /**
     * Returns whether the hook sees sockets of this type. Few hooks see raw sockets: `raw_prot`
     * has no `pre_connect`, its `sendmsg` and `recvmsg` run no program, and its own `bind` ends
     * `inet_bind` before the hooks of bind (net/ipv4/raw.c).
     */
    public boolean reaches(Hook hook) {
        boolean any = hook.context() == ContextStruct.SOCK && hook.call().isEmpty();
        boolean name = hook.isInet() && hook.is(AddressCall::isOfName);
        return this != RAW || any || name;
    }

    public int number() {
        return number;
    }

    /** Returns how users write it: `stream`, `raw`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns its name in the kernel, `SOCK_STREAM`. */
    public String kernelName() {
        return "SOCK_" + name();
    }
}
