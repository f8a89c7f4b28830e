package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.List;

/**
 * In which order a policy's diagrams test variables. Either says the same; which is smaller depends on the rules: many
 * addresses with wide ranges of ports each are a switch over addresses with a few ranges behind each one, and the other way round
 * a switch over ports with nearly all addresses behind each range.
 */
public enum TestOrder {
    /** The order of {@link Variable}. */
    PORTS_FIRST(List.of()),
    /** The same, but for ports, which come behind the addresses that they belong to. */
    ADDRESSES_FIRST(List.of(
            new Move(Variable.PORT, Variable.IP6_LOW),
            new Move(Variable.LOCAL_PORT, Variable.LOCAL_IP6_LOW),
            new Move(Variable.PACKET_REMOTE_PORT, Variable.PACKET_LOCAL_IP6_LOW),
            new Move(Variable.PACKET_LOCAL_PORT, Variable.PACKET_REMOTE_PORT)));

    private final int[] ranks = new int[Variable.values().length];

    /** The variable is tested right behind the other one. */
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

    /** The variable's place, from 0. */
    int rank(Variable variable) {
        return ranks[variable.ordinal()];
    }
}
