package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.policy.Endpoint;

/** Section 4, `redirect`: what sockets remember of where they wanted to go, by their cookies. */
public final class Origins {
    private static final int PAIRS = 4;

    private final Map<Long, Memory> memories = new HashMap<>();

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

    /** Where the socket wanted to go when it was led to this end. */
    Optional<Endpoint> original(long cookie, Endpoint end) {
        return Optional.ofNullable(memories.get(cookie)).stream()
                .flatMap(memory -> memory.pairs.stream())
                .filter(pair -> pair.end().equals(end))
                .map(Pair::original)
                .findFirst();
    }
}
