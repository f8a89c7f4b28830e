// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.StructLayout.Scalar;

/** The layout of a `log` record in the ring, and of related state. */
public final class EventLayout {
    /** The size of the ring in bytes, unless another is chosen. */
    public static final int RING_BYTES = 256 << 10;

    /** The size in bytes of the smallest ring: one page where pages are largest. */
    public static final int SMALLEST_RING = 64 << 10;

    /** The size in bytes of the largest ring. */
    public static final int LARGEST_RING = 128 << 20;

    /** The rule has no verdict. */
    public static final int NO_VERDICT = 0;

    public static final int ALLOWED = 1;

    public static final int DENIED = 2;

    /** The beginning of every record. */
    public static final StructLayout HEADER = StructLayout.named("ringwall_event")
            .add("time", Scalar.U64)
            .add("generation", Scalar.U32)
            .add("rule", Scalar.U16)
            .add("hook", Scalar.U8)
            .add("kind", Scalar.U8)
            .add("present", Scalar.U32)
            .add("verdict", Scalar.U8)
            .add("monitored", Scalar.U8)
            .add("errno", Scalar.U16)
            .add("suppressed", Scalar.U32)
            .add("uid", Scalar.U32)
            .add("gid", Scalar.U32)
            .add("pid", Scalar.U32)
            .add("cgroup", Scalar.U64)
            .add("netns", Scalar.U64)
            .add("cookie", Scalar.U64)
            .add("comm", Scalar.CHAR, 16)
            .add("reserved", Scalar.U64, 2)
            .build();

    /**
     * The rate of `at most` of one rule, and how many of its records were suppressed since the last
     * one.
     */
    public static final StructLayout LIMIT = StructLayout.named("ringwall_limit")
            .add("lock", Scalar.SPIN_LOCK)
            .add("suppressed", Scalar.U32)
            .add("full", Scalar.U64)
            .build();

    /** The ring of the usual size. */
    public static final MapDeclaration RING = ring(RING_BYTES);

    private static final List<String> OPTIONAL =
            List.of("errno", "uid", "gid", "pid", "cgroup", "netns", "cookie", "comm");

    private EventLayout() {}

    /** Returns the ring with this size in bytes. */
    public static MapDeclaration ring(int bytes) {
        return MapDeclaration.ring(StateNames.EVENTS, bytes);
    }

    /** Returns whether the kernel has rings of this size in bytes, whatever its pages. */
    public static boolean isRingSize(long bytes) {
        return bytes >= SMALLEST_RING && bytes <= LARGEST_RING && Long.bitCount(bytes) == 1;
    }

    /** Returns the size in bytes of a record of this kind. */
    public static int size(EventKind kind) {
        return HEADER.size() + kind.layout().size();
    }

    /**
     * Returns the members that can be absent, in the order of the bits of `present`: those of the
     * header, then those of the kind.
     */
    public static List<String> optional(EventKind kind) {
        List<String> members = new ArrayList<>(OPTIONAL);
        kind.layout().members().stream()
                .filter(member -> !member.isPad())
                .map(StructLayout.Member::name)
                .forEach(members::add);
        return List.copyOf(members);
    }

    /** Returns the bit of `present` for a member. */
    public static int bit(EventKind kind, String member) {
        int index = optional(kind).indexOf(member);
        if (index < 0) {
            throw new IllegalArgumentException("no event of a " + kind + " lacks `" + member + "`");
        }
        return 1 << index;
    }

    /** Returns the map of limits for this many rules that log. */
    public static MapDeclaration limits(int rules) {
        return MapDeclaration.array(StateNames.LOG_LIMITS, MapType.ARRAY, rules, LIMIT);
    }

    /** Returns the map of losses: events, and keys of these counters. */
    public static MapDeclaration losses(List<CounterLayout> counters) {
        StructLayout.Builder struct = StructLayout.named(StateNames.LOST).add("events", Scalar.U64);
        counters.stream()
                .filter(CounterLayout::canLose)
                .forEach(counter -> struct.add(StateNames.counter(counter.name()), Scalar.U64));
        return MapDeclaration.array(StateNames.LOST, MapType.PERCPU_ARRAY, 1, struct.build());
    }
}
