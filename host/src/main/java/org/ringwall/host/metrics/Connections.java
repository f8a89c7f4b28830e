// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The open connections, with a limit for each peer and one for all. A new connection at a limit
 * ends an older one of the same peer, or of the peer with the most; so no peer can keep another
 * one out, whatever it holds open. Only the event loop uses it.
 */
final class Connections {
    /** The maximum number of connections of one peer. */
    static final int MOST_OF_A_PEER = 16;

    /** The maximum number of connections. */
    static final int MOST = 256;

    /** How many answers can be under way, of which the oldest ends with its connections. */
    private static final int MOST_ANSWERS = 4;

    private final Map<Object, Set<Connection>> byPeer = new HashMap<>();
    private int size;

    /** Adds a connection. Returns false if it must be closed, because no other one can be. */
    boolean admit(Object peer, Connection connection) {
        Set<Connection> own = byPeer.getOrDefault(peer, Set.of());
        Set<Connection> crowd = own;
        if (own.size() < MOST_OF_A_PEER) {
            crowd = size < MOST
                    ? Set.of()
                    : byPeer.values().stream()
                            .max(Comparator.comparingInt(Set::size))
                            .orElse(Set.of());
        }
        if (!crowd.isEmpty()) {
            Optional<Connection> ended = crowd.stream()
                    .filter(Connection::canEnd)
                    .min(Comparator.comparing(Connection::state).thenComparingLong(Connection::since));
            if (ended.isEmpty()) {
                return false;
            }
            remove(ended.get());
            ended.get().end();
        }
        byPeer.computeIfAbsent(peer, none -> new LinkedHashSet<>()).add(connection);
        size++;
        return true;
    }

    /** Removes a connection, if it is there. */
    void remove(Connection connection) {
        for (Map.Entry<Object, Set<Connection>> each : byPeer.entrySet()) {
            if (each.getValue().remove(connection)) {
                size--;
                if (each.getValue().isEmpty()) {
                    byPeer.remove(each.getKey());
                }
                return;
            }
        }
    }

    /** Ends connections whose peers have not read an answer that was made long before this one. */
    void answered(long number) {
        List<Connection> late = byPeer.values().stream()
                .flatMap(Set::stream)
                .filter(each -> each.isWriting(number - MOST_ANSWERS))
                .toList();
        late.forEach(Connection::end);
    }
}
