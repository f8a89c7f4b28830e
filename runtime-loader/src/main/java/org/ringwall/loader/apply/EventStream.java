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
 * The records of an instance, for its one reader. Each generation that is seen while this is open stays explained after it was
 * replaced.
 */
public final class EventStream implements AutoCloseable {
    private static final int PAUSE_MS = 1;

    /** How often a record is looked at that a program is writing, before what follows it is left to the next reader. */
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

    /** Becomes the reader; the state is this stream's from here on. */
    static EventStream open(Bpf bpf, InstanceState state) {
        Fd map = state.map(StateNames.EVENTS)
                .orElseThrow(() -> new InputException(
                        "no rule of `" + state.name() + "` logs", "write `log` behind the rules to hear of"));
        Optional<PinStore.Lock> lock = state.tryRead();
        if (lock.isEmpty()) {
            map.close();
            OptionalLong holder = LockHolder.of(state.reader());
            throw new HostException(
                    "the records of `" + state.name() + "` are being read"
                            + (holder.isPresent() ? " by process " + holder.getAsLong() : ""),
                    "a record is read once, by one reader; end it first");
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
     * A record and what its generation says of its rule.
     *
     * @param rule empty where the generation is gone, or has no such rule
     */
    public record Explained(Event event, Optional<LogText> rule) {}

    /** Where the ring ends now: the position before which all records begin that are there. */
    public long end() {
        return ring.end();
    }

    /** The next record; empty where there is none now. A record that is none is counted. */
    public Optional<Explained> next() {
        return next(Long.MAX_VALUE);
    }

    /**
     * The next record that begins before this position of the ring, once it is written, so that what programs add meanwhile
     * does not keep the reader.
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

    /** Reads what generations say of their rules while their pins are there. */
    private void learn() {
        for (int generation : state.generations()) {
            if (!known.containsKey(generation)) {
                try {
                    state.texts(generation).ifPresent(texts -> known.put(generation, texts));
                } catch (KernelRefusedException e) {
                    // It is being removed; what it said was read before, or never.
                    continue;
                }
            }
        }
    }

    /** Waits for at most so many ms for the next record. */
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

    /** How many records found no room since the last call; at first, since the ring was made. */
    public BigInteger newlyLost() {
        BigInteger before = lost;
        lost = lost();
        // A version that forgot its losses began anew.
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

    /** How many records were none since this was opened. */
    public long malformed() {
        return malformed + ring.malformed();
    }

    /** Whether the instance is still there with these records. */
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
