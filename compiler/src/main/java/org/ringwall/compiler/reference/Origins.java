package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.Request;

/** Section 4, `redirect` and `answer`: what sockets remember of where they or their clients wanted to go, by their cookies. */
public final class Origins {
    private static final int PAIRS = 4;

    private final Map<Long, Memory> memories = new HashMap<>();
    private final Map<Connection, Endpoint> left = new HashMap<>();
    private final Map<Long, Endpoint> arrived = new HashMap<>();
    private final boolean byStamps;

    /** A connection by its ends, the network namespace of both, and the number of the client's SYN. */
    record Connection(Endpoint client, Endpoint server, long netns, long first) {}

    private record Pair(Endpoint end, Endpoint original) {}

    /** The pairs of one socket, and which of them makes room. */
    private static final class Memory {
        private final List<Optional<Pair>> pairs = new ArrayList<>(Collections.nCopies(PAIRS, Optional.empty()));
        private int next;

        /** The place of the pair with this end, or -1. */
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
     * No socket has been redirected.
     *
     * @param byStamps whether the network namespace of an established connection is what the socket's stamp says
     */
    public Origins(boolean byStamps) {
        this.byStamps = byStamps;
    }

    /** The network namespace of a socket with this owner, as far as programs can tell. */
    Optional<Long> netns(Request.Owner owner) {
        return byStamps
                ? owner.maker().map(Actor::netns)
                : Optional.of(owner.actor().netns());
    }

    /** The socket is led to this end, and wanted to go to the other one. */
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

    /** The socket connects to this end by its own name. */
    void drop(long cookie, Endpoint end) {
        Optional.ofNullable(memories.get(cookie)).ifPresent(memory -> {
            int place = memory.place(end);
            if (place >= 0) {
                memory.pairs.set(place, Optional.empty());
            }
        });
    }

    /** The client of the connection is established, and wanted to go there. */
    void leave(Connection connection, Endpoint original) {
        left.put(connection, original);
    }

    /** The other side is: what the client has left, if anything, is in this socket from then on. */
    void take(Connection connection, long cookie) {
        Optional.ofNullable(left.remove(connection)).ifPresent(original -> arrived.putIfAbsent(cookie, original));
    }

    /** Where the client of an accepted socket wanted to go. */
    Optional<Endpoint> arrived(long cookie) {
        return Optional.ofNullable(arrived.get(cookie));
    }

    /** Where the socket wanted to go when it was led to this end. */
    Optional<Endpoint> original(long cookie, Endpoint end) {
        return Optional.ofNullable(memories.get(cookie)).stream()
                .flatMap(memory -> memory.pairs.stream().flatMap(Optional::stream))
                .filter(pair -> pair.end().equals(end))
                .map(Pair::original)
                .findFirst();
    }
}
