package org.ringwall.compiler.ir;

import java.util.List;

/**
 * A map that a program names and a loader creates (docs/abi.md section 1): instructions know its symbol, the object its
 * type, and each key and value has a BTF type by name.
 *
 * @param symbol the map's name in the object
 * @param maxEntries 0 for maps whose elements belong to something else, as a socket
 * @param flags `map_flags`
 */
public record MapDeclaration(String symbol, Kind kind, int maxEntries, int flags, Type key, Type value) {
    /** What the kernel keeps a value for. */
    public enum Kind {
        /** Each socket (BPF_MAP_TYPE_SK_STORAGE). */
        SOCKET_STORAGE
    }

    /** What a key or a value is made of. */
    public sealed interface Type {
        /** In bytes. */
        int size();

        /** C's `int`. */
        record Int() implements Type {
            @Override
            public int size() {
                return Integer.BYTES;
            }
        }

        /** A struct without holes between its members. */
        record Struct(String name, List<Member> members) implements Type {
            public Struct {
                members = List.copyOf(members);
            }

            @Override
            public int size() {
                return members.stream().mapToInt(Member::size).sum();
            }

            /** Where a member lies, in bytes from the struct's beginning. */
            public int offset(String member) {
                int offset = 0;
                for (Member each : members) {
                    if (each.name().equals(member)) {
                        return offset;
                    }
                    offset += each.size();
                }
                throw new IllegalArgumentException("struct " + name + " has no `" + member + "`");
            }
        }
    }

    /**
     * A number or an array of them.
     *
     * @param bytes of one number: 1 for characters, 4 or 8
     * @param count 1 for a number, more for an array
     */
    public record Member(String name, int bytes, int count) {
        public Member {
            if (bytes != 1 && bytes != 4 && bytes != 8 || count < 1) {
                throw new IllegalArgumentException(name + ": " + count + " of " + bytes + " bytes");
            }
        }

        /** In bytes. */
        public int size() {
            return bytes * count;
        }
    }
}
