package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.StructLayout.Scalar;

/** A record of `log` in the ring, and what is kept beside it. */
public final class EventLayout {
    /** Bytes of the ring. */
    public static final int RING_BYTES = 256 << 10;

    /** No record says what the rule decides: it has no verdict. */
    public static final int NO_VERDICT = 0;

    public static final int ALLOWED = 1;

    public static final int DENIED = 2;

    /** What every record begins with. */
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

    /** The rate of `at most` of one rule, and how many records it has held back since the last one. */
    public static final StructLayout LIMIT = StructLayout.named("ringwall_limit")
            .add("lock", Scalar.SPIN_LOCK)
            .add("suppressed", Scalar.U32)
            .add("full", Scalar.U64)
            .build();

    /** The ring. */
    public static final MapDeclaration RING = MapDeclaration.ring(StateNames.EVENTS, RING_BYTES);

    private static final List<String> OPTIONAL =
            List.of("errno", "uid", "gid", "pid", "cgroup", "netns", "cookie", "comm");

    private EventLayout() {}

    /** Bytes of a record of this kind. */
    public static int size(EventKind kind) {
        return HEADER.size() + kind.layout().size();
    }

    /** The members that can be absent, in the order of the bits of `present`: of the header, then of the kind. */
    public static List<String> optional(EventKind kind) {
        List<String> members = new ArrayList<>(OPTIONAL);
        kind.layout().members().stream()
                .filter(member -> !member.isPad())
                .map(StructLayout.Member::name)
                .forEach(members::add);
        return List.copyOf(members);
    }

    /** The bit of `present` for a member. */
    public static int bit(EventKind kind, String member) {
        int index = optional(kind).indexOf(member);
        if (index < 0) {
            throw new IllegalArgumentException("no event of a " + kind + " lacks `" + member + "`");
        }
        return 1 << index;
    }

    /** Limits for so many rules that log. */
    public static MapDeclaration limits(int rules) {
        return MapDeclaration.array(StateNames.LOG_LIMITS, MapType.ARRAY, rules, LIMIT);
    }

    /** What found no room: events, and keys of these counters. */
    public static MapDeclaration losses(List<CounterLayout> counters) {
        StructLayout.Builder struct = StructLayout.named(StateNames.LOST).add("events", Scalar.U64);
        counters.stream()
                .filter(CounterLayout::canLose)
                .forEach(counter -> struct.add(StateNames.counter(counter.name()), Scalar.U64));
        return MapDeclaration.array(StateNames.LOST, MapType.PERCPU_ARRAY, 1, struct.build());
    }
}
