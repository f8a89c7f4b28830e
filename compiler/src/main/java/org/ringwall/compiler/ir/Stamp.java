// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.StructLayout.Scalar;

/**
 * The layout of a stamp, the record of a socket's creator in socket storage: `struct
 * ringwall_stamp` of docs/abi.md section 1. All generations of a policy share the map, so the
 * layout never changes; further data needs another map. With the kernel's header a stamp fits an
 * allocation of 256 bytes, which is faster than one of 512.
 */
public final class Stamp {
    /** The bit of `present` that covers all members of this layout. */
    public static final int MAKER = 1;

    /** TASK_COMM_LEN of the kernel. */
    public static final int COMM_BYTES = 16;

    private static final String ANCESTOR = "ancestor";

    /** The deepest level of the cgroup hierarchy that is stored. */
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

    /** The socket storage map. An accepted socket gets a copy of its listener's stamp. */
    public static final MapDeclaration MAP =
            MapDeclaration.ofSockets(StateNames.STAMPS, MapFlag.NO_PREALLOC.bit() | MapFlag.CLONE.bit(), LAYOUT);

    /** The size of a stamp in bytes. */
    public static final int SIZE = LAYOUT.size();

    /**
     * The offset from r10 at which a program keeps the address of the stamp that it found, 0 if
     * there is none. It follows the decoded packet.
     */
    public static final int ADDRESS = PacketFrame.BOTTOM - Long.BYTES;

    /** All parts, in layout order. */
    public static final List<Part> PARTS = parts();

    private Stamp() {}

    /**
     * A member of a stamp.
     *
     * @param word the word of the printed form
     * @param offset the offset in the struct
     * @param bytes 4, 8, or 16 for the task name
     */
    public record Part(String word, int offset, int bytes) implements Comparable<Part> {
        /** Returns the width of one read. A name takes several. */
        public Width width() {
            return Width.ofBytes(Math.min(bytes, Width.DW.bytes()));
        }

        /** Returns the level of an ancestor; 0 for every other part. */
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

    /** Returns the printed form of a place in a stamp: a part, `+` and the bytes in it. */
    static String place(int at) {
        Part in = PARTS.stream()
                .filter(part -> at >= part.offset() && at < part.offset() + part.bytes())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a stamp has no part at " + at));
        return in.word() + (at == in.offset() ? "" : "+" + (at - in.offset()));
    }

    /** Returns the part with the creator's ancestor at this level, from 1 on. */
    public static Part ancestor(int level) {
        return part(ANCESTOR + level);
    }

    public static Part part(String word) {
        return PARTS.stream()
                .filter(part -> part.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a stamp says no `" + word + "`"));
    }
}
