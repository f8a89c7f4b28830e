// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which the diagrams of a policy test variables. Both orders have the same meaning,
 * but their sizes depend on the rules. For many addresses with wide ranges of ports,
 * {@link #ADDRESSES_FIRST} needs one switch over addresses with a few ranges each.
 * {@link #PORTS_FIRST} needs one switch over ports with nearly all addresses for each range.
 */
public enum TestOrder {
    /** The order of {@link Variable}. */
    PORTS_FIRST(List.of()),
    /** The same order, except that ports come after the addresses to which they belong. */
    ADDRESSES_FIRST(List.of(
            new Move(Variable.PORT, Variable.IP6_LOW),
            new Move(Variable.LOCAL_PORT, Variable.LOCAL_IP6_LOW),
            new Move(Variable.PACKET_REMOTE_PORT, Variable.PACKET_LOCAL_IP6_LOW),
            new Move(Variable.PACKET_LOCAL_PORT, Variable.PACKET_REMOTE_PORT)));

    private final int[] ranks = new int[Variable.values().length];

    /** A variable that is tested immediately after another one. */
    private record Move(Variable variable, Variable behind) {}

    TestOrder(List<Move> moves) {
        List<Variable> order = new ArrayList<>(List.of(Variable.values()));
        for (Move move : moves) {
            order.remove(move.variable());
            order.add(order.indexOf(move.behind()) + 1, move.variable());
        }
        for (int i = 0; i < ranks.length; i++) {
            ranks[order.get(i).ordinal()] = i;
        }
    }

    /** Returns the position of the variable, from 0. */
    int rank(Variable variable) {
        return ranks[variable.ordinal()];
    }
}
