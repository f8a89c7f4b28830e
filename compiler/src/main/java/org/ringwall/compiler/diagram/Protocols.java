// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Arrays;
import java.util.function.Predicate;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Facts about protocols and addresses as sets of numbers. */
final class Protocols {
    /** The protocols with ports. */
    static final IntervalSet WITH_PORTS = numbers(IpProtocol::hasPorts);

    /** The `family` of a v4 address. */
    static final long INET = AddressFamily.INET.number();

    /** The `family` of a v6 address. */
    static final long INET6 = AddressFamily.INET6.number();

    /** All v4-mapped addresses as raw 128-bit numbers. */
    static final IntervalSet MAPPED = IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH));

    /** 127.0.0.1. */
    static final long LOOPBACK4 = 0x7f00_0001L;

    private Protocols() {}

    /** Returns the v4-mapped form of a v4 address. */
    static U128 mapped(U128 v4) {
        return new U128(0, AddressSet.MAPPED_LOW.low() | v4.toLongExact());
    }

    /**
     * Returns the protocols of sockets of this type that are judged at connect and sendmsg
     * (docs/semantics.md section 6).
     */
    static IntervalSet judgedAtAddressHooks(SocketType type) {
        return switch (type) {
            case STREAM -> numbers(p -> p == IpProtocol.TCP || p == IpProtocol.MPTCP);
            case DGRAM -> numbers(p -> p == IpProtocol.UDP);
            default -> IntervalSet.EMPTY;
        };
    }

    private static IntervalSet numbers(Predicate<IpProtocol> predicate) {
        return IntervalSet.of(Arrays.stream(IpProtocol.values())
                .filter(predicate)
                .map(protocol -> Interval.of(protocol.number(), protocol.number()))
                .toList());
    }
}
