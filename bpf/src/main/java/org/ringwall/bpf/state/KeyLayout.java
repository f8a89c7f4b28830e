// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.List;

/**
 * The key of a table, a counter or a rate: fields of the request, in the order of the policy.
 *
 * @param map the map's symbol
 */
public record KeyLayout(String map, List<Part> parts) {
    /**
     * The maximum size of a key in bytes, including the padding between its fields, for which
     * programs reserve space on their stacks.
     */
    public static final int MOST_BYTES = 80;

    /** The encoding of a field in a key. */
    public enum Kind {
        /**
         * 16 bytes in network byte order, IPv4 as IPv4-mapped; zeros if the request has no address.
         */
        ADDRESS,
        /** 4 bytes in network byte order, if all requests have an IPv4 address. */
        ADDRESS4,
        /** A u32. */
        NUMBER,
        /** A u64, for ids of 64 bits. */
        WIDE,
        /** 16 bytes, terminated by a NUL. */
        COMM
    }

    /**
     * A field.
     *
     * @param field as policies write it
     */
    public record Part(String field, Kind kind) {
        /** Returns the name of the struct member. */
        public String member() {
            return field.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("_$", "");
        }
    }

    public KeyLayout {
        parts = List.copyOf(parts);
    }

    /** Returns whether one of its fields is an address. */
    public boolean hasAddress() {
        return parts.stream().anyMatch(part -> part.kind() == Kind.ADDRESS || part.kind() == Kind.ADDRESS4);
    }

    /** Returns the same fields in a map of another name, for requests with only IPv4 addresses. */
    public KeyLayout ofV4(String symbol) {
        return new KeyLayout(
                symbol,
                parts.stream()
                        .map(part -> part.kind() == Kind.ADDRESS ? new Part(part.field(), Kind.ADDRESS4) : part)
                        .toList());
    }

    /** Returns whether there is no key, and thus one value for all requests. */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Returns the struct; a key without parts has none. */
    public StructLayout struct() {
        StructLayout.Builder struct = StructLayout.named(StateNames.key(map));
        for (Part part : parts) {
            switch (part.kind()) {
                case ADDRESS -> struct.add(part.member(), StructLayout.Scalar.U8, 16);
                case ADDRESS4 -> struct.add(part.member(), StructLayout.Scalar.U8, 4);
                case NUMBER -> struct.add(part.member(), StructLayout.Scalar.U32);
                case WIDE -> struct.add(part.member(), StructLayout.Scalar.U64);
                case COMM -> struct.add(part.member(), StructLayout.Scalar.CHAR, 16);
            }
        }
        return struct.build();
    }

    /** Returns the fields as policies write them. */
    public List<String> fields() {
        return parts.stream().map(Part::field).toList();
    }
}
