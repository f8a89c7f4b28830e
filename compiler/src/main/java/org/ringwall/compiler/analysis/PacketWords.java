// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.diagram.Variable;

/** The labels of packet variables, and words for values that are not numbers to a reader. */
final class PacketWords {
    private PacketWords() {}

    static String label(Variable variable) {
        return switch (variable) {
            case PACKET_FAMILY -> "family ";
            case PACKET_PROTOCOL -> "proto ";
            case PACKET_REMOTE_PORT -> "remote port ";
            case PACKET_LOCAL_PORT -> "local port ";
            case PACKET_ICMP_TYPE -> "icmp type ";
            case PACKET_ICMP_CODE -> "icmp code ";
            case PACKET_REMOTE_IP4, PACKET_REMOTE_IP6_HIGH, PACKET_REMOTE_IP6_LOW -> "remote address ";
            case PACKET_LOCAL_IP4, PACKET_LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_LOW -> "local address ";
            case PACKET_CGROUP -> "cgroup ";
            case PACKET_ROUTED, PACKET_FRAGMENT, PACKET_TRANSPORT, PACKET_FLAGS_CUT, STAMPED -> "";
            case PACKET_SYN, PACKET_ACK, PACKET_FIN, PACKET_RST -> "";
            default -> throw new IllegalStateException(variable + " is not about packets");
        };
    }

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
            case PACKET_SYN -> Optional.of(List.of("no syn", "syn"));
            case PACKET_ACK -> Optional.of(List.of("no ack", "ack"));
            case PACKET_FIN -> Optional.of(List.of("no fin", "fin"));
            case PACKET_RST -> Optional.of(List.of("no rst", "rst"));
            case STAMPED -> Optional.of(List.of("socket without a stamp", "socket with a stamp"));
            case PACKET_TYPE ->
                Optional.of(List.of("to host", "broadcast", "multicast", "to another host", "outgoing"));
            default -> Optional.empty();
        };
    }
}
