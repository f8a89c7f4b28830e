// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Endpoint;

/**
 * Section 4, `redirect` and `answer`: the original destinations that are stored with sockets, by
 * their cookies.
 */
public final class Origins {
    private static final int PAIRS = 4;

    private final Map<Long, Memory> memories = new HashMap<>();
    private final Map<Connection, Endpoint> left = new HashMap<>();
    private final Map<Long, Endpoint> arrived = new HashMap<>();
    private final boolean byStamps;

    /**
     * A connection by its ends, the network namespace of both, and the sequence number of the
     * client's SYN.
     */
    record Connection(Endpoint client, Endpoint server, long netns, long first) {}

    private record Pair(Endpoint end, Endpoint original) {}

    /** The pairs of one socket, and the index of the one to be replaced next. */
    private static final class Memory {
        private final List<Optional<Pair>> pairs = new ArrayList<>(Collections.nCopies(PAIRS, Optional.empty()));
        private int next;

        /** Returns the index of the pair with this end, or -1. */
        int place(Endpoint end) {
            for (int i = 0; i < PAIRS; i++) {
                if (pairs.get(i).filter(pair -> pair.end().equals(end)).isPresent()) {
                    return i;
                }
            }
            return -1;
        }
    }

    /**
     * Creates an instance in which no socket has been redirected.
     *
     * @param byStamps whether the network namespace of an established connection is taken from the
     *     socket's stamp
     */
    public Origins(boolean byStamps) {
        this.byStamps = byStamps;
    }

    /** Returns the network namespace of a socket with this owner, if programs can determine it. */
    Optional<Long> netns(Request.Owner owner) {
        return byStamps
                ? owner.maker().map(Actor::netns)
                : Optional.of(owner.actor().netns());
    }

    /** Stores that the socket is redirected to this end, and its original destination. */
    void remember(long cookie, Endpoint end, Endpoint original) {
        Memory memory = memories.computeIfAbsent(cookie, c -> new Memory());
        Optional<Pair> pair = Optional.of(new Pair(end, original));
        int same = memory.place(end);
        if (same >= 0) {
            memory.pairs.set(same, pair);
        } else {
            memory.pairs.set(memory.next, pair);
            memory.next = (memory.next + 1) % PAIRS;
        }
    }

    /** Deletes the redirect to this end, to which the socket now connects directly. */
    void drop(long cookie, Endpoint end) {
        Optional.ofNullable(memories.get(cookie)).ifPresent(memory -> {
            int place = memory.place(end);
            if (place >= 0) {
                memory.pairs.set(place, Optional.empty());
            }
        });
    }

    /** Passes on the original destination of a client whose connection is established. */
    void leave(Connection connection, Endpoint original) {
        left.put(connection, original);
    }

    /** Deletes what the client has passed on, because its connection is closed. */
    void withdraw(Connection connection) {
        left.remove(connection);
    }

    /**
     * Stores the original destination that the client has passed on, if any, with the accepted
     * socket.
     */
    void take(Connection connection, long cookie) {
        Optional.ofNullable(left.remove(connection)).ifPresent(original -> arrived.putIfAbsent(cookie, original));
    }

    /** Returns the original destination of an accepted socket's client. */
    Optional<Endpoint> arrived(long cookie) {
        return Optional.ofNullable(arrived.get(cookie));
    }

    /** Returns the original destination of a socket that was redirected to this end. */
    Optional<Endpoint> original(long cookie, Endpoint end) {
        return Optional.ofNullable(memories.get(cookie)).stream()
                .flatMap(memory -> memory.pairs.stream().flatMap(Optional::stream))
                .filter(pair -> pair.end().equals(end))
                .map(Pair::original)
                .findFirst();
    }
}
