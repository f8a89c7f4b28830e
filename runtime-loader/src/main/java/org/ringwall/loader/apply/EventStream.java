// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.Event;
import org.ringwall.loader.state.RingReader;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.loader.sys.Fd;

/**
 * The records of an instance, for its only reader. Rule texts of each generation seen while this is
 * open remain available after that generation is replaced.
 */
public final class EventStream implements AutoCloseable {
    private static final int PAUSE_MS = 1;

    /**
     * How often a record that a program is still writing is read again before it and what follows
     * are left to the next reader.
     */
    private static final int LOOKS = 1_000;

    private final Bpf bpf;
    private final InstanceState state;
    private final PinStore.Lock lock;
    private final Fd map;
    private final int mapId;
    private final RingMemory memory;
    private final RingReader ring;
    private final Map<Integer, StateTexts> known = new HashMap<>();
    private BigInteger lost = BigInteger.ZERO;
    private long malformed;

    private EventStream(Bpf bpf, InstanceState state, PinStore.Lock lock, Fd map) {
        this.bpf = bpf;
        this.state = state;
        this.lock = lock;
        this.map = map;
        MapInfo info = bpf.mapInfo(map);
        this.mapId = info.id();
        this.memory = bpf.mapRing(map, info.maxEntries());
        this.ring = new RingReader(memory);
        learn();
    }

    /** Becomes the reader and takes over the state. */
    static EventStream open(Bpf bpf, InstanceState state) {
        Fd map = state.map(StateNames.EVENTS)
                .orElseThrow(() -> new InputException(
                        "no rule of `" + state.name() + "` has a `log` effect",
                        "write `log` in the rules whose requests you want to see"));
        Optional<PinStore.Lock> lock = state.tryRead();
        if (lock.isEmpty()) {
            map.close();
            OptionalLong holder = LockHolder.of(state.reader());
            throw new HostException(
                    "the records of `" + state.name() + "` are being read"
                            + (holder.isPresent() ? " by process " + holder.getAsLong() : ""),
                    "stop that reader first; only one process can read the records");
        }
        try {
            return new EventStream(bpf, state, lock.get(), map);
        } catch (RuntimeException e) {
            lock.get().close();
            map.close();
            throw e;
        }
    }

    /**
     * A record with the text of its rule.
     *
     * @param rule empty if the generation's text is no longer available, or has no such rule
     */
    public record Explained(Event event, Optional<LogText> rule) {}

    /** Returns the current end of the ring: all existing records begin before this position. */
    public long end() {
        return ring.end();
    }

    /**
     * Returns the next record; empty if there is none now. Malformed records are counted and
     * skipped.
     */
    public Optional<Explained> next() {
        return next(Long.MAX_VALUE);
    }

    /**
     * Returns the next record that begins before this position of the ring, once it is written. The
     * bound keeps a reader from waiting for records that programs add meanwhile.
     */
    public Optional<Explained> nextBefore(long end) {
        Optional<Explained> next = next(end);
        for (int look = 0; next.isEmpty() && ring.busy() && look < LOOKS; look++) {
            pause();
            next = next(end);
        }
        return next;
    }

    private Optional<Explained> next(long end) {
        while (true) {
            Optional<byte[]> record = ring.next(end);
            if (record.isEmpty()) {
                return Optional.empty();
            }
            Optional<Event> event = Event.read(record.get());
            if (event.isPresent()) {
                return event.map(read -> new Explained(read, rule(read)));
            }
            malformed++;
        }
    }

    private Optional<LogText> rule(Event event) {
        if (!known.containsKey(event.generation())) {
            learn();
        }
        return Optional.ofNullable(known.get(event.generation()))
                .flatMap(texts -> Optional.ofNullable(texts.logs().get(event.rule())));
    }

    /** Reads the rule texts of generations while their pins exist. */
    private void learn() {
        for (int generation : state.generations()) {
            if (!known.containsKey(generation)) {
                try {
                    state.texts(generation).ifPresent(texts -> known.put(generation, texts));
                } catch (KernelRefusedException e) {
                    // The generation is being removed; its texts were read before, or never.
                    continue;
                }
            }
        }
    }

    /** Waits at most this many milliseconds for the next record. */
    public void await(int milliseconds) {
        learn();
        if (!ring.busy()) {
            memory.await(milliseconds);
            return;
        }
        pause();
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns how many records were lost since the last call; at the first call, since the ring was
     * created.
     */
    public BigInteger newlyLost() {
        BigInteger before = lost;
        lost = lost();
        // A version that forgot its losses started again at 0.
        return lost.compareTo(before) < 0 ? lost : lost.subtract(before);
    }

    private BigInteger lost() {
        Optional<Fd> losses = state.map(StateNames.LOST);
        if (losses.isEmpty()) {
            return BigInteger.ZERO;
        }
        try (Fd open = losses.get()) {
            return new Counts(bpf).losses(open).getOrDefault("events", BigInteger.ZERO);
        }
    }

    /** Returns how many malformed records were skipped since this was opened. */
    public long malformed() {
        return malformed + ring.malformed();
    }

    /** Returns whether the instance still exists with these records. */
    public boolean lives() {
        try {
            Optional<Fd> now = state.map(StateNames.EVENTS);
            if (now.isEmpty()) {
                return false;
            }
            try (Fd open = now.get()) {
                return bpf.mapInfo(open).id() == mapId;
            }
        } catch (KernelRefusedException e) {
            return false;
        }
    }

    @Override
    public void close() {
        memory.close();
        map.close();
        lock.close();
        state.close();
    }
}
