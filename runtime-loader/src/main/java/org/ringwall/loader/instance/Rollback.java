// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfType.Member;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;

/**
 * The map of an upgrade that must be confirmed: an array of one {@code struct ringwall_rollback}
 * with the timer by which the kernel itself rolls back (docs/abi.md section 3). The timer exists as
 * long as the map is pinned or open.
 */
public final class Rollback implements AutoCloseable {
    static final int DEADLINE = 16;
    static final int TIME = 24;
    static final int OVERLAP = 32;
    static final int FROM = 40;
    static final int TO = 44;
    static final int STATE = 48;
    private static final int SIZE = 56;
    private static final int TIMER_SIZE = 16;

    /** The values of {@link #STATE}. */
    public static final int NOT_ARMED = 0;

    /** The new generation decides alone until the deadline. */
    public static final int ARMED = 1;

    /** The time is over: both generations decide. */
    public static final int BOTH = 2;

    /** The old generation decides alone. */
    public static final int ROLLED_BACK = 3;

    public static final int CONFIRMED = 4;

    /** The instance was removed. */
    public static final int VOID = 5;

    /** As {@link #ROLLED_BACK}, and the user knows it. */
    static final int ACKNOWLEDGED = 6;

    /** The shortest time in which both generations decide, which takes the place of the barrier. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private static final int ATTEMPTS = 200;
    private static final long PAUSE_MS = 5;

    private final Bpf bpf;
    private final Fd map;

    private Rollback(Bpf bpf, Fd map) {
        this.bpf = bpf;
        this.map = map;
    }

    /** Takes over the descriptor of a pinned map. */
    static Rollback of(Bpf bpf, Fd map) {
        return new Rollback(bpf, map);
    }

    /**
     * Creates a map whose timer is not armed, and loads the program that arms it, so that a kernel
     * without timers refuses here.
     *
     * @param overlap the time in which both generations decide, at least 1 s
     * @throws HostException if this kernel has no timers for programs
     */
    public static Prepared prepare(Bpf bpf, Fd control, int from, int to, Duration time, Duration overlap) {
        BtfBuilder types = new BtfBuilder();
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, Long.BYTES);
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        int opaque = types.array(u64, 2);
        int timer = types.struct("bpf_timer", TIMER_SIZE, List.of(member("__opaque", opaque, 0)));
        int struct = types.struct(
                "ringwall_rollback",
                SIZE,
                List.of(
                        member("timer", timer, 0),
                        member("deadline", u64, DEADLINE),
                        member("time", u64, TIME),
                        member("overlap", u64, OVERLAP),
                        member("from", u32, FROM),
                        member("to", u32, TO),
                        member("state", u32, STATE),
                        member("reserved", u32, STATE + Integer.BYTES)));
        ByteBuffer value = ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder());
        value.putLong(OVERLAP, (overlap.compareTo(SHORTEST) < 0 ? SHORTEST : overlap).toNanos());
        value.putInt(FROM, from).putInt(TO, to);
        try {
            Fd map = OneValueMap.create(bpf, "ringwall_back", types, struct, value.array());
            try {
                Fd arm = RollbackCode.load(bpf, RollbackCode.Step.ARM, map, control, time.toNanos());
                return new Prepared(new Rollback(bpf, map), arm);
            } catch (RuntimeException e) {
                map.close();
                throw e;
            }
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            throw new HostException(
                    "this kernel has no timers for BPF programs (Linux 5.15), so it cannot roll back by itself",
                    "apply without --confirm; --dwell TIME lets both versions decide for a time");
        }
    }

    private static Member member(String name, int type, int offset) {
        return new Member(name, type, offset * Byte.SIZE, 0);
    }

    /** A map that is not pinned yet, and the loaded program that arms its timer. */
    public record Prepared(Rollback rollback, Fd program) implements AutoCloseable {
        /** Puts the new generation alone in force and starts the timer, in one step. */
        public void arm() {
            if (rollback.bpf.progRun(program) != ARMED) {
                throw new HostException("the kernel did not start the timer of the roll-back", "try again");
            }
        }

        /** Returns the map, to pin it. */
        public Fd map() {
            return rollback.map;
        }

        @Override
        public void close() {
            program.close();
            rollback.close();
        }
    }

    /**
     * The value.
     *
     * @param deadline when the roll-back begins, in ns as programs read the time
     * @param time when the roll-back was complete, likewise; 0 if it is not
     */
    public record Value(long deadline, long time, int from, int to, int state) {}

    /** Returns the value; empty if another process has put another map in this place. */
    public Optional<Value> value() {
        return OneValueMap.read(bpf, map, SIZE).map(bytes -> {
            ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            return new Value(in.getLong(DEADLINE), in.getLong(TIME), in.getInt(FROM), in.getInt(TO), in.getInt(STATE));
        });
    }

    /** Stores that the user knows of a roll-back, whose timer is no longer needed. */
    public void acknowledge() {
        bpf.mapLookup(map, new byte[Integer.BYTES], SIZE).ifPresent(bytes -> {
            ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(STATE, ACKNOWLEDGED);
            bpf.mapUpdate(map, new byte[Integer.BYTES], bytes);
        });
    }

    /** Makes a step, and returns the state after it. */
    public int step(RollbackCode.Step step, Fd control) {
        try (Fd program = RollbackCode.load(bpf, step, map, control, 0)) {
            for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
                int state = bpf.progRun(program);
                if (state != RollbackCode.BUSY) {
                    return state;
                }
                pause();
            }
        }
        throw new HostException("the kernel does not cancel the timer of the roll-back", "try again");
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException("interrupted while waiting for a timer", "try again");
        }
    }

    @Override
    public void close() {
        map.close();
    }
}
