package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.StructLayout.Scalar;
import org.ringwall.compiler.diagram.Variable;

/**
 * Who made a socket, kept in the socket itself: `struct ringwall_stamp` of docs/abi.md section 1. Generations of a policy
 * share the map, so the layout never changes; what is added goes into a map of its own. With what the kernel
 * puts before it, a stamp fits an allocation of 256 bytes, which takes less time than one of 512.
 */
public final class Stamp {
    /** The bit of `present` for everything that has a name in this layout. */
    public static final int MAKER = 1;

    /** The kernel's TASK_COMM_LEN. */
    public static final int COMM_BYTES = 16;

    private static final String ANCESTOR = "ancestor";

    /** The deepest level of the hierarchy that is kept. */
    public static final int LEVELS = 16;

    private static final StructLayout LAYOUT = StructLayout.named("ringwall_stamp")
            .add("present", Scalar.U64)
            .add("uid", Scalar.U32)
            .add("gid", Scalar.U32)
            .add("pid", Scalar.U32)
            .add("pad", Scalar.U32)
            .add("cgroup", Scalar.U64)
            .add("netns", Scalar.U64)
            .add(ANCESTOR, Scalar.U64, LEVELS)
            .add("comm", Scalar.CHAR, COMM_BYTES)
            .build();

    /** The storage: a socket that is accepted gets a copy of its listener's. */
    public static final MapDeclaration MAP =
            MapDeclaration.ofSockets(StateNames.STAMPS, MapFlag.NO_PREALLOC.bit() | MapFlag.CLONE.bit(), LAYOUT);

    /** The bytes of a stamp. */
    public static final int SIZE = LAYOUT.size();

    /** Where a program keeps the address of the stamp that it has found, 0 if there is none, from r10: behind a decoded packet. */
    public static final int ADDRESS = PacketFrame.BOTTOM - Long.BYTES;

    /** All parts, in the order in which they lie. */
    public static final List<Part> PARTS = parts();

    private Stamp() {}

    /**
     * One thing that a stamp says.
     *
     * @param word of the printed form
     * @param offset in the struct
     * @param bytes 4, 8, or 16 for the name
     */
    public record Part(String word, int offset, int bytes) implements Comparable<Part> {
        /** How it is read at once; a name is not. */
        public Width width() {
            return Width.ofBytes(Math.min(bytes, Width.DW.bytes()));
        }

        /** The level of an ancestor, 0 for every other part. */
        public int level() {
            return word.startsWith(ANCESTOR) ? Integer.parseInt(word.substring(ANCESTOR.length())) : 0;
        }

        @Override
        public int compareTo(Part other) {
            return Integer.compare(offset, other.offset);
        }
    }

    private static List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (String word : List.of("uid", "gid", "pid", "cgroup", "netns")) {
            int bytes = word.endsWith("id") ? Integer.BYTES : Long.BYTES;
            parts.add(new Part(word, LAYOUT.offset(word), bytes));
        }
        int ancestors = LAYOUT.offset(ANCESTOR);
        IntStream.rangeClosed(1, LEVELS)
                .mapToObj(level -> new Part(ANCESTOR + level, ancestors + (level - 1) * Long.BYTES, Long.BYTES))
                .forEach(parts::add);
        parts.add(new Part("comm", LAYOUT.offset("comm"), COMM_BYTES));
        return List.copyOf(parts);
    }

    /** The part with this word. */
    public static Part part(String word) {
        return PARTS.stream()
                .filter(part -> part.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a stamp says no `" + word + "`"));
    }

    /** The part that a variable is at hooks where no task asks. */
    public static Optional<Part> part(Variable variable) {
        if (!variable.isStamped()) {
            return Optional.empty();
        }
        return Optional.of(
                variable.level() == 0
                        ? part(variable.name().toLowerCase(java.util.Locale.ROOT))
                        : part(ANCESTOR + variable.level()));
    }
}
