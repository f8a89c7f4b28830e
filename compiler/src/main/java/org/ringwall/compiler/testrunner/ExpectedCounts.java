// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.reference.Recorded;
import org.ringwall.compiler.reference.Segments;

/** The expected content of counters after all requests so far (docs/semantics.md section 12). */
public final class ExpectedCounts {
    /** FIN_WAIT1, FIN_WAIT2, LAST_ACK and CLOSING of include/net/tcp_states.h. */
    private static final Set<Long> ENDING = Set.of(4L, 5L, 9L, 11L);

    private final Policy policy;
    /** The columns of each counter by place and key, least recently used first. */
    private final Map<Place, LinkedHashMap<List<KeyValue>, List<Long>>> counts = new LinkedHashMap<>();

    private final Map<Counter, Long> lost = new HashMap<>();

    /** Creates a ledger in which nothing is counted. */
    public ExpectedCounts(Policy policy) {
        this.policy = policy;
    }

    /**
     * The map of a counter: IPv4 hooks that have all addresses of the key have a map of their own.
     */
    private record Place(Counter counter, boolean v4) {
        static Place of(Counter counter, Hook hook) {
            List<Field> addresses = counter.key().fields().stream()
                    .filter(field -> field.type() == FieldType.ADDRESS)
                    .toList();
            boolean v4 = hook.is(AddressFamily.INET) && HookFields.at(hook).containsAll(addresses);
            return new Place(counter, v4 && !addresses.isEmpty());
        }
    }

    /** Adds the counts of a request at a time in ns. */
    public void add(Request request, List<Recorded> records, long now) {
        for (Recorded record : records) {
            if (record.effect() instanceof Effect.Count count) {
                add(count.counter(), record.key(), request, now);
            }
        }
    }

    private void add(Counter counter, List<KeyValue> key, Request request, long now) {
        LinkedHashMap<List<KeyValue>, List<Long>> keys =
                counts.computeIfAbsent(Place.of(counter, request.hook()), place -> new LinkedHashMap<>());
        if (!keys.containsKey(key) && keys.size() == counter.max()) {
            if (!counter.evicts()) {
                lost.merge(counter, 1L, Long::sum);
                return;
            }
            keys.remove(keys.keySet().iterator().next());
        }
        List<Long> before = Optional.ofNullable(keys.remove(key)).orElse(List.of());
        List<Long> after = new ArrayList<>();
        for (int i = 0; i < counter.columns().size(); i++) {
            long value = before.isEmpty() ? 0 : before.get(i);
            CounterUnit unit = counter.columns().get(i).unit();
            after.add(unit == CounterUnit.TIME ? Math.max(value, now) : value + amount(unit, request));
        }
        keys.put(key, after);
    }

    private static long amount(CounterUnit unit, Request request) {
        Hook hook = request.hook();
        return switch (unit) {
            case ATTEMPTS -> 1;
            case CONNECTIONS ->
                request instanceof Request.TcpEvent event
                                && (event.event() == SockOpsEvent.ACTIVE_ESTABLISHED
                                                && event.number(Request.TcpEvent.PACKET) != 0
                                        || event.event() == SockOpsEvent.PASSIVE_ESTABLISHED)
                        ? 1
                        : 0;
            case DATAGRAMS ->
                hook == Hook.SENDMSG4 || hook == Hook.SENDMSG6 || hook == Hook.RECVMSG4 || hook == Hook.RECVMSG6
                        ? 1
                        : 0;
            case PACKETS ->
                request instanceof Request.Packet packet ? Segments.of(packet).count() : 0;
            case BYTES ->
                request instanceof Request.Packet packet ? Segments.of(packet).bytes() : 0;
            case BYTES_SENT -> closed(request).map(ExpectedCounts::sent).orElse(0L);
            case BYTES_RECEIVED ->
                closed(request)
                        .map(event -> event.number("bytes_received")
                                - (event.closing().finReceived() ? 1 : 0))
                        .orElse(0L);
            case TIME -> throw new IllegalStateException("time is not added up");
        };
    }

    private static Optional<Request.TcpEvent> closed(Request request) {
        return request instanceof Request.TcpEvent event && event.event() == SockOpsEvent.TCP_CLOSED
                ? Optional.of(event)
                : Optional.empty();
    }

    /** Returns the acknowledged bytes without the SYN and the FIN of this end. */
    private static long sent(Request.TcpEvent event) {
        long acked = event.number(Request.TcpEvent.ACKED) - (event.closing().syn() ? 1 : 0);
        boolean fin = ENDING.contains(event.number(Request.TcpEvent.STATE))
                && event.closing().writeSeq() == event.number("snd_una");
        return fin ? acked - 1 : acked;
    }

    /**
     * Returns the expected columns of a counter by key; a counter without a key has an entry once
     * it has counted.
     */
    public Map<List<KeyValue>, List<Long>> counts(Counter counter) {
        Map<List<KeyValue>, List<Long>> all = new LinkedHashMap<>();
        counts.forEach((place, keys) -> {
            if (place.counter().equals(counter)) {
                keys.forEach((key, columns) ->
                        all.merge(key, columns, (one, other) -> StateMaps.together(counter, one, other)));
            }
        });
        return java.util.Collections.unmodifiableMap(all);
    }

    /** Returns the number of counts for which there was no room. */
    public long lost(Counter counter) {
        return lost.getOrDefault(counter, 0L);
    }

    /** Returns a description of a difference between maps and ledger; empty if there is none. */
    public Optional<String> difference(StateMaps maps) {
        for (Counter counter : policy.state().counters()) {
            Map<List<KeyValue>, List<Long>> held = maps.counts(counter);
            Map<List<KeyValue>, List<Long>> due = counts(counter);
            if (counter.key().isEmpty()) {
                // The one element of an array exists before anything is counted.
                held.values()
                        .removeIf(values -> due.isEmpty() && values.stream().allMatch(value -> value == 0));
            }
            if (!held.equals(due)) {
                return Optional.of("counter `%s` holds %s, not %s".formatted(counter.name(), held, due));
            }
            boolean canLose = counter.layout().canLose();
            long missed = canLose ? maps.lost(policy, StateNames.counter(counter.name())) : 0;
            if (missed != lost(counter)) {
                return Optional.of("counter `%s` has lost %d, not %d".formatted(counter.name(), missed, lost(counter)));
            }
        }
        return Optional.empty();
    }
}
