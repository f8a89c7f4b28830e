// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Optional;

/** The socket families that hooks see: include/linux/socket.h. */
public enum AddressFamily {
    UNSPEC(0),
    UNIX(1),
    INET(2),
    INET6(10),
    NETLINK(16),
    PACKET(17),
    VSOCK(40);

    private final int number;

    AddressFamily(int number) {
        this.number = number;
    }

    public static Optional<AddressFamily> of(int number) {
        return Arrays.stream(values()).filter(family -> family.number == number).findFirst();
    }

    public int number() {
        return number;
    }

    /** Returns its name in the kernel, `AF_INET`. */
    public String kernelName() {
        return "AF_" + name();
    }
}
