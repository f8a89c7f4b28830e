package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A C struct without holes: every member lies at a multiple of its own alignment, and what alignment wants between two
 * members, and behind the last one, is a member called `pad` or `padN`. Numbers are in the machine's byte order but for those of
 * {@link Scalar#BE32}.
 *
 * @param name of the BTF type
 */
public record StructLayout(String name, List<Member> members) {
    /** What a member is made of. */
    public sealed interface Type permits Scalar, Nested {
        /** Bytes of one. */
        int size();

        /** The multiple of bytes at which it lies. */
        int alignment();
    }

    /** Numbers, characters and the kernel's lock. */
    public enum Scalar implements Type {
        U8(1),
        CHAR(1),
        U16(2),
        U32(4),
        /** In network order; in BTF `unsigned int`. */
        BE32(4),
        U64(8),
        /** `struct bpf_spin_lock`, which only helpers may touch. */
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
     * One member.
     *
     * @param count 1 for one, more for an array
     * @param offset in bytes from the struct's beginning
     */
    public record Member(String name, Type type, int count, int offset) {
        public Member {
            if (count < 1 || offset < 0 || offset % type.alignment() != 0) {
                throw new IllegalArgumentException("%s: %d of %s at %d".formatted(name, count, type, offset));
            }
        }

        /** In bytes. */
        public int size() {
            return type.size() * count;
        }

        /** Whether it is there for the sake of alignment alone. */
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

    /** In bytes. */
    public int size() {
        Member last = members.get(members.size() - 1);
        return last.offset() + last.size();
    }

    /** The greatest of its members' alignments. */
    public int alignment() {
        return alignment(members);
    }

    /** The member with this name. */
    public Member member(String member) {
        return members.stream()
                .filter(each -> each.name().equals(member))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("struct " + name + " has no `" + member + "`"));
    }

    /** Where a member lies, in bytes from the struct's beginning. */
    public int offset(String member) {
        return member(member).offset();
    }

    /** A struct whose members are added in turn; pads come by themselves. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Members as they are added. */
    public static final class Builder {
        private final String name;
        private final List<Member> members = new ArrayList<>();
        private int end;
        private int pads;

        private Builder(String name) {
            this.name = name;
        }

        /** Adds one. */
        public Builder add(String member, Type type) {
            return add(member, type, 1);
        }

        /** Adds an array of so many. */
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

        /** The struct. */
        public StructLayout build() {
            align(alignment(members));
            return new StructLayout(name, members);
        }
    }
}
