// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A removal of the packet states that the decoder never produces. Without a header no protocol is
 * known, without a protocol nothing after it, and state variables only have the values of
 * {@link Variable#possible}. Impossible states get the decision of a neighbour, so that no program
 * tests them and no report names them.
 */
final class PacketStates {
    private static final long NONE = 0;
    private static final long LAST_STATE = 2;
    private static final long THERE = 0;

    private final HookDiagram diagram;

    PacketStates(HookDiagram diagram) {
        this.diagram = diagram;
    }

    Node<Outcome> sound(Node<Outcome> decision) {
        Node<Outcome> read = atMost(decision, Variable.PACKET_TRANSPORT, LAST_STATE);
        read = atMost(read, Variable.PACKET_FRAGMENT, LAST_STATE);
        read = atMost(read, Variable.PACKET_ROUTED, LAST_STATE);
        read = atMost(read, Variable.PACKET_FLAGS_CUT, 1);
        read = atMost(read, Variable.PACKET_PROTOCOL, Variable.UNKNOWN_PROTOCOL);
        Node<Boolean> noProtocol = is(Variable.PACKET_PROTOCOL, Variable.UNKNOWN_PROTOCOL);
        Node<Boolean> impossible = diagram.booleans().and(noProtocol, is(Variable.PACKET_TRANSPORT, THERE));
        read = diagram.where(impossible, diagram.restrict(read, Variable.PACKET_TRANSPORT, LAST_STATE), read);
        Node<Outcome> unreadable = diagram.restrict(read, Variable.PACKET_FAMILY, NONE);
        Node<Outcome> four = diagram.restrict(read, Variable.PACKET_FAMILY, Protocols.INET);
        Node<Outcome> six = diagram.restrict(read, Variable.PACKET_FAMILY, Protocols.INET6);
        if (unreadable == four && four == six) {
            return read;
        }
        unreadable = diagram.restrict(unreadable, Variable.PACKET_PROTOCOL, Variable.UNKNOWN_PROTOCOL);
        unreadable = diagram.restrict(unreadable, Variable.PACKET_FRAGMENT, LAST_STATE);
        unreadable = diagram.restrict(unreadable, Variable.PACKET_TRANSPORT, LAST_STATE);
        return diagram.where(
                below(Variable.PACKET_FAMILY, Protocols.INET),
                unreadable,
                diagram.where(is(Variable.PACKET_FAMILY, Protocols.INET), four, six));
    }

    private Node<Outcome> atMost(Node<Outcome> decision, Variable variable, long last) {
        Node<Boolean> beyond =
                diagram.booleans().member(variable, IntervalSet.of(Interval.of(last + 1, variable.max())));
        return diagram.where(beyond, diagram.restrict(decision, variable, last), decision);
    }

    private Node<Boolean> below(Variable variable, long value) {
        return diagram.booleans().member(variable, IntervalSet.range(0, value - 1));
    }

    private Node<Boolean> is(Variable variable, long value) {
        return diagram.booleans().member(variable, IntervalSet.of(value));
    }
}
