package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.policy.Endpoint;

/** Section 4, `redirect` and `answer`: what sockets remember of where they or their clients wanted to go, by their cookies. */
public final class Origins {
    private static final int PAIRS = 4;

    private final Map<Long, Memory> memories = new HashMap<>();
    private final Map<Connection, Endpoint> left = new HashMap<>();
    private final Map<Long, Endpoint> arrived = new HashMap<>();

    /** A connection by its ends, and the number of the client's first byte. */
    record Connection(Endpoint client, Endpoint server, long first) {}

    private record Pair(Endpoint end, Endpoint original) {}

    /** The pairs of one socket, and which of them makes room. */
    private static final class Memory {
        private final List<Pair> pairs = new ArrayList<>();
        private int next;
    }

    /** No socket has been redirected. */
    public Origins() {}

    /** The socket is led to this end, and wanted to go to the other one. */
    void remember(long cookie, Endpoint end, Endpoint original) {
        Memory memory = memories.computeIfAbsent(cookie, c -> new Memory());
        Pair pair = new Pair(end, original);
        for (int i = 0; i < memory.pairs.size(); i++) {
            if (memory.pairs.get(i).end().equals(end)) {
                memory.pairs.set(i, pair);
                return;
            }
        }
        if (memory.pairs.size() < PAIRS) {
            memory.pairs.add(pair);
        } else {
            memory.pairs.set(memory.next, pair);
        }
        memory.next = (memory.next + 1) % PAIRS;
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
                .flatMap(memory -> memory.pairs.stream())
                .filter(pair -> pair.end().equals(end))
                .map(Pair::original)
                .findFirst();
    }
}
