// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.model.Event;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.EventReader;
import org.ringwall.loader.state.RingReader;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.sys.Fd;

/** The records of an instance, read from its ring buffer. */
public final class EventStream implements Events {
    /** The maximum number of records in a batch. */
    private static final int BATCH = 128;

    private final Bpf bpf;
    private final OpenInstance state;
    private PinStore.Lock lock;
    private Ring ring;
    private Optional<Ring> successor = Optional.empty();
    private Optional<Fd> losses = Optional.empty();
    private final Map<Integer, Map<Integer, Rule>> known = new HashMap<>();
    private BigInteger lost = BigInteger.ZERO;
    private long malformed;

    /** A ring of the instance: its map, its memory and its reader. */
    private record Ring(Fd map, int id, RingMemory memory, RingReader reader) implements AutoCloseable {
        /** Takes over the map. */
        static Ring of(Bpf bpf, Fd map) {
            try {
                MapInfo info = bpf.mapInfo(map);
                RingMemory memory = bpf.mapRing(map, info.maxEntries());
                return new Ring(map, info.id(), memory, new RingReader(memory));
            } catch (RuntimeException e) {
                map.close();
                throw e;
            }
        }

        @Override
        public void close() {
            memory.close();
            map.close();
        }
    }

    private EventStream(Bpf bpf, OpenInstance state, PinStore.Lock lock, Fd map) {
        this.bpf = bpf;
        this.state = state;
        this.lock = lock;
        this.ring = Ring.of(bpf, map);
        try {
            learn();
        } catch (RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    /** Becomes the reader and takes over the state. */
    public static EventStream open(Bpf bpf, OpenInstance state) {
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

    @Override
    public long end() {
        return ring.reader().end();
    }

    @Override
    public Optional<Explained> next() {
        Optional<Explained> next = take(Long.MAX_VALUE);
        release();
        return next;
    }

    @Override
    public int batch(long end, Consumer<Explained> to) {
        int count = 0;
        while (count < BATCH && ring.reader().unreleased() <= ring.memory().size() / 4) {
            Optional<Explained> next = take(end);
            if (next.isEmpty()) {
                return count;
            }
            to.accept(next.get());
            count++;
        }
        return count;
    }

    @Override
    public void release() {
        ring.reader().release();
    }

    @Override
    public boolean busy() {
        return ring.reader().busy();
    }

    private Optional<Explained> take(long end) {
        while (true) {
            Optional<byte[]> record = ring.reader().take(end);
            if (record.isEmpty()) {
                return Optional.empty();
            }
            Optional<Event> event = EventReader.read(record.get());
            if (event.isPresent()) {
                return Optional.of(new Explained(event.get(), rule(event.get())));
            }
            malformed++;
        }
    }

    private Optional<Rule> rule(Event event) {
        if (!known.containsKey(event.generation())) {
            learn();
        }
        return Optional.ofNullable(
                known.getOrDefault(event.generation(), Map.of()).get(event.rule()));
    }

    /** Reads the rule texts of generations while their pins exist. */
    private void learn() {
        for (int generation : state.generations()) {
            if (!known.containsKey(generation)) {
                try {
                    state.texts(generation).ifPresent(texts -> known.put(generation, rules(texts)));
                } catch (KernelRefusedException e) {
                    // The generation is being removed; its texts were read before, or never.
                    continue;
                }
            }
        }
    }

    private static Map<Integer, Rule> rules(StateTexts texts) {
        Map<Integer, Rule> rules = new HashMap<>();
        texts.logs()
                .forEach((rule, text) ->
                        rules.put(rule, new Rule(text.file(), text.line(), text.column(), text.rule(), text.reason())));
        return rules;
    }

    @Override
    public void await(int milliseconds) {
        ring.memory().await(milliseconds);
    }

    @Override
    public boolean refresh() {
        try {
            learn();
            Optional<Fd> now = state.map(StateNames.EVENTS);
            if (now.isEmpty()) {
                return false;
            }
            if (bpf.mapInfo(now.get()).id() == ring.id()) {
                now.get().close();
            } else {
                successor.ifPresent(Ring::close);
                successor = Optional.of(Ring.of(bpf, now.get()));
            }
            return true;
        } catch (KernelRefusedException e) {
            return false;
        }
    }

    @Override
    public boolean succeed() {
        if (successor.isEmpty()) {
            return false;
        }
        // The instance may have been removed and applied again, which makes a new lock.
        lock.close();
        Optional<PinStore.Lock> again = state.tryRead();
        if (again.isEmpty()) {
            throw new HostException(
                    "the records of `" + state.name() + "` are being read by another process",
                    "stop that reader first; only one process can read the records");
        }
        lock = again.get();
        malformed = malformed();
        long noted = ring.memory().note();
        ring.close();
        ring = successor.get();
        ring.memory().note(noted);
        successor = Optional.empty();
        known.clear();
        learn();
        return true;
    }

    @Override
    public BigInteger newlyLost() {
        BigInteger before = lost;
        openLosses();
        lost = losses.map(open -> new Counts(bpf).losses(open).getOrDefault("events", BigInteger.ZERO))
                .orElse(BigInteger.ZERO);
        // A version that forgot its losses started again at 0.
        return lost.compareTo(before) < 0 ? lost : lost.subtract(before);
    }

    @Override
    public BigInteger lost() {
        return lost;
    }

    @Override
    public void skipNotedLosses() {
        BigInteger noted = BigInteger.valueOf(ring.memory().note());
        newlyLost();
        // A version that forgot its losses started again at 0.
        lost = noted.compareTo(lost) <= 0 ? noted : BigInteger.ZERO;
    }

    @Override
    public void noteLosses() {
        ring.memory().note(lost.longValue());
    }

    /** Opens the current map of losses. It stays open after the instance is removed. */
    private void openLosses() {
        Optional<Fd> now = state.map(StateNames.LOST);
        if (now.isPresent()) {
            losses.ifPresent(Fd::close);
            losses = now;
        }
    }

    @Override
    public long malformed() {
        return malformed + ring.reader().malformed();
    }

    @Override
    public void close() {
        successor.ifPresent(Ring::close);
        losses.ifPresent(Fd::close);
        ring.close();
        lock.close();
        state.close();
    }
}
