// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms on a packet (docs/semantics.md section 11). A field that the packet's bytes do not show is
 * unknown: the addresses without a header, the protocol without the whole chain of headers, and
 * ports, types and flags that are cut off.
 */
final class PacketAtoms extends Atoms {
    private static final long ABSENT = 1;
    private static final long CUT = 2;
    private static final IntervalSet PROTOCOLS = IntervalSet.range(0, Variable.UNKNOWN_PROTOCOL - 1L);
    private static final IntervalSet ICMPS = IntervalSet.of(
            Interval.of(IpProtocol.ICMP.number(), IpProtocol.ICMP.number()),
            Interval.of(IpProtocol.ICMPV6.number(), IpProtocol.ICMPV6.number()));

    PacketAtoms(ConditionBuilder booleans) {
        super(booleans);
    }

    @Override
    Optional<Variable> variable(Field field) {
        return Variable.ofPacket(field).or(() -> numberOf(ContextStruct.SK_BUFF, field));
    }

    /**
     * Returns true for the cgroup, because the kernel knows the cgroup of the packet's socket
     * without a stamp.
     */
    @Override
    Node<Boolean> identified(Field field) {
        return field == Field.CGROUP ? booleans().constant(true) : stamped(field);
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case PROTO -> super.in(field, set.intersect(PROTOCOLS));
            case FRAGMENT, SOURCE_ROUTED -> super.in(field, set.intersect(IntervalSet.range(0, 1)));
            case MALFORMED -> either(malformed(), set);
            default -> booleans().and(there(field), super.in(field, set));
        };
    }

    private Node<Boolean> either(Node<Boolean> flag, IntervalSet set) {
        Node<Boolean> yes = booleans().and(flag, booleans().constant(set.contains(1)));
        return booleans()
                .or(yes, booleans().and(booleans().not(flag), booleans().constant(set.contains(0))));
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return booleans().and(there(guard.field()), super.compare(guard));
    }

    @Override
    List<AddressSource> addresses(Field field) {
        boolean remote = field == Field.REMOTE_IP;
        return List.of(
                new AddressSource(
                        is(Variable.PACKET_FAMILY, Protocols.INET),
                        List.of(remote ? Variable.PACKET_REMOTE_IP4 : Variable.PACKET_LOCAL_IP4)),
                new AddressSource(
                        is(Variable.PACKET_FAMILY, Protocols.INET6),
                        remote
                                ? List.of(Variable.PACKET_REMOTE_IP6_HIGH, Variable.PACKET_REMOTE_IP6_LOW)
                                : List.of(Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_LOCAL_IP6_LOW)));
    }

    /**
     * Excludes v4-mapped addresses: a packet with one counts as having no readable header
     * (docs/semantics.md section 11).
     */
    @Override
    IntervalSet wide(AddressSet set) {
        return set.v6();
    }

    @Override
    Node<Boolean> unknown(Field field) {
        return switch (field) {
            case REMOTE_IP, LOCAL_IP, FAMILY -> is(Variable.PACKET_FAMILY, 0);
            case PROTO -> noProtocol();
            case FRAGMENT -> is(Variable.PACKET_FRAGMENT, 2);
            case SOURCE_ROUTED -> is(Variable.PACKET_ROUTED, 2);
            case REMOTE_PORT, LOCAL_PORT -> notRead(Protocols.WITH_PORTS);
            case ICMP_TYPE, ICMP_CODE -> notRead(ICMPS);
            case TCP_SYN, TCP_ACK, TCP_FIN, TCP_RST ->
                booleans().or(notRead(IntervalSet.of(IpProtocol.TCP.number())), flagsCut());
            default -> booleans().constant(false);
        };
    }

    @Override
    Node<Boolean> there(Field field) {
        return switch (field) {
            case PROTO -> booleans().member(Variable.PACKET_PROTOCOL, PROTOCOLS);
            case FRAGMENT -> booleans().member(Variable.PACKET_FRAGMENT, IntervalSet.range(0, 1));
            case SOURCE_ROUTED -> booleans().member(Variable.PACKET_ROUTED, IntervalSet.range(0, 1));
            case REMOTE_PORT, LOCAL_PORT -> read(Protocols.WITH_PORTS);
            case ICMP_TYPE, ICMP_CODE -> read(ICMPS);
            case TCP_SYN, TCP_ACK, TCP_FIN, TCP_RST ->
                booleans().and(read(IntervalSet.of(IpProtocol.TCP.number())), is(Variable.PACKET_FLAGS_CUT, 0));
            case FAMILY -> booleans().not(is(Variable.PACKET_FAMILY, 0));
            default -> super.there(field);
        };
    }

    private Node<Boolean> read(IntervalSet protocols) {
        return booleans().and(booleans().member(Variable.PACKET_PROTOCOL, protocols), is(Variable.PACKET_TRANSPORT, 0));
    }

    /**
     * Returns the condition that the protocol's fields are cut off or the protocol is unknown. A
     * later fragment never has these fields.
     */
    private Node<Boolean> notRead(IntervalSet protocols) {
        Node<Boolean> cut = booleans()
                .and(booleans().member(Variable.PACKET_PROTOCOL, protocols), is(Variable.PACKET_TRANSPORT, CUT));
        Node<Boolean> later = is(Variable.PACKET_TRANSPORT, ABSENT);
        return booleans().or(cut, booleans().and(noProtocol(), booleans().not(later)));
    }

    private Node<Boolean> flagsCut() {
        return booleans().and(read(IntervalSet.of(IpProtocol.TCP.number())), is(Variable.PACKET_FLAGS_CUT, 1));
    }

    private Node<Boolean> malformed() {
        return booleans().or(noProtocol(), booleans().or(is(Variable.PACKET_TRANSPORT, CUT), flagsCut()));
    }

    private Node<Boolean> noProtocol() {
        return is(Variable.PACKET_PROTOCOL, Variable.UNKNOWN_PROTOCOL);
    }

    private Node<Boolean> is(Variable variable, long value) {
        return booleans().member(variable, IntervalSet.of(value));
    }
}
