// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A C struct without holes. Every member is at a multiple of its own alignment, and padding between
 * members and at the end is a member called `pad` or `padN`. Numbers are in the machine's byte
 * order, except those of {@link Scalar#BE32}.
 *
 * @param name of the BTF type
 */
public record StructLayout(String name, List<Member> members) {
    /** The type of a member. */
    public sealed interface Type permits Scalar, Nested {
        /** Returns the size in bytes of one element. */
        int size();

        /** Returns the alignment in bytes. */
        int alignment();
    }

    /** Numbers, characters and the kernel's lock. */
    public enum Scalar implements Type {
        U8(1),
        CHAR(1),
        U16(2),
        U32(4),
        /** In network byte order; in BTF `unsigned int`. */
        BE32(4),
        U64(8),
        /** `struct bpf_spin_lock`, which only helpers may access. */
        SPIN_LOCK(4);

        private final int size;

        Scalar(int size) {
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public int alignment() {
            return size;
        }
    }

    /** A struct in a struct. */
    public record Nested(StructLayout layout) implements Type {
        @Override
        public int size() {
            return layout.size();
        }

        @Override
        public int alignment() {
            return layout.alignment();
        }
    }

    /**
     * A member.
     *
     * @param count 1 for a single value, more for an array
     * @param offset in bytes from the start of the struct
     */
    public record Member(String name, Type type, int count, int offset) {
        public Member {
            if (count < 1 || offset < 0 || offset % type.alignment() != 0) {
                throw new IllegalArgumentException("%s: %d of %s at %d".formatted(name, count, type, offset));
            }
        }

        /** Returns its size in bytes. */
        public int size() {
            return type.size() * count;
        }

        /** Returns whether it is padding. */
        public boolean isPad() {
            return name.startsWith("pad");
        }
    }

    public StructLayout {
        members = List.copyOf(members);
        Set<String> names = new HashSet<>();
        int end = 0;
        for (Member member : members) {
            if (member.offset() != end || !names.add(member.name())) {
                throw new IllegalArgumentException(
                        "struct " + name + ": `" + member.name() + "` at " + member.offset());
            }
            end += member.size();
        }
        if (members.isEmpty() || end % alignment(members) != 0) {
            throw new IllegalArgumentException("struct " + name + " of " + end + " bytes");
        }
    }

    private static int alignment(List<Member> members) {
        return members.stream()
                .mapToInt(member -> member.type().alignment())
                .max()
                .orElse(1);
    }

    /** Returns the size in bytes. */
    public int size() {
        Member last = members.get(members.size() - 1);
        return last.offset() + last.size();
    }

    /** Returns the greatest alignment of its members. */
    public int alignment() {
        return alignment(members);
    }

    /** Returns the member with this name. */
    public Member member(String member) {
        return members.stream()
                .filter(each -> each.name().equals(member))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("struct " + name + " has no `" + member + "`"));
    }

    /** Returns the offset of a member in bytes from the start of the struct. */
    public int offset(String member) {
        return member(member).offset();
    }

    /** Returns a builder to which members are added in order; it adds padding. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** A builder of a struct. */
    public static final class Builder {
        private final String name;
        private final List<Member> members = new ArrayList<>();
        private int end;
        private int pads;

        private Builder(String name) {
            this.name = name;
        }

        /** Adds a member. */
        public Builder add(String member, Type type) {
            return add(member, type, 1);
        }

        /** Adds an array of this many elements. */
        public Builder add(String member, Type type, int count) {
            align(type.alignment());
            members.add(new Member(member, type, count, end));
            end += type.size() * count;
            return this;
        }

        private void align(int alignment) {
            for (Scalar filler : List.of(Scalar.U8, Scalar.U16, Scalar.U32)) {
                boolean wanted = end % alignment != 0 && end % (filler.size() * 2) != 0;
                if (wanted) {
                    members.add(new Member(pads == 0 ? "pad" : "pad" + pads, filler, 1, end));
                    pads++;
                    end += filler.size();
                }
            }
        }

        public StructLayout build() {
            align(alignment(members));
            return new StructLayout(name, members);
        }
    }
}
