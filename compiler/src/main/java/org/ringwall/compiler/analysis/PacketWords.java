// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.FieldType;

/** Words for values of packet variables that are not numbers to a reader. */
final class PacketWords {
    private PacketWords() {}

    /** The word for a value; empty where the number says it. */
    static Optional<String> value(Variable variable, long value) {
        return words(variable).map(words -> value < words.size() ? words.get((int) value) : Long.toString(value));
    }

    private static Optional<List<String>> words(Variable variable) {
        return switch (variable) {
            case PACKET_FAMILY ->
                Optional.of(List.of("unreadable", "1", "inet", "3", "4", "5", "6", "7", "8", "9", "inet6"));
            case PACKET_ROUTED ->
                Optional.of(List.of("no source route", "source-routed", "source route cannot be read"));
            case PACKET_FRAGMENT -> Optional.of(List.of("whole", "a fragment", "whole or a fragment, unknown"));
            case PACKET_TRANSPORT -> Optional.of(List.of("headers there", "a later fragment", "headers cut off"));
            case PACKET_FLAGS_CUT -> Optional.of(List.of("flags there", "flags cut off"));
            case STAMPED -> Optional.of(List.of("socket without a stamp", "socket with a stamp"));
            case PACKET_TYPE ->
                Optional.of(List.of("to host", "broadcast", "multicast", "to another host", "outgoing"));
            default ->
                variable.field()
                        .filter(field -> field.type() == FieldType.BOOL)
                        .map(field -> field.text().substring(field.text().lastIndexOf('.') + 1))
                        .map(flag -> List.of("no " + flag, flag));
        };
    }
}
