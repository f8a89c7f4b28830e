package org.ringwall.bpf.state;

import java.util.List;

/**
 * The key of a table, a counter or a rate: fields of the request, in the order of the policy.
 *
 * @param map the map's symbol
 */
public record KeyLayout(String map, List<Part> parts) {
    /** Bytes of a key at most, the padding between its fields counted: what programs keep room for on their stacks. */
    public static final int MOST_BYTES = 80;

    /** How a field lies in a key. */
    public enum Kind {
        /** 16 bytes in network order, v4 as v4-mapped; zeros where the request has none. */
        ADDRESS,
        /** 4 bytes in network order, where all requests have an IPv4 address. */
        ADDRESS4,
        /** A u32. */
        NUMBER,
        /** A u64: ids that have so many bits. */
        WIDE,
        /** 16 bytes, ended by a NUL. */
        COMM
    }

    /**
     * One field.
     *
     * @param field as policies write it
     */
    public record Part(String field, Kind kind) {
        /** The member's name. */
        public String member() {
            return field.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("_$", "");
        }
    }

    public KeyLayout {
        parts = List.copyOf(parts);
    }

    /** Whether an address is among its fields. */
    public boolean hasAddress() {
        return parts.stream().anyMatch(part -> part.kind() == Kind.ADDRESS || part.kind() == Kind.ADDRESS4);
    }

    /** The same fields in a map of another name, for requests whose addresses are all of IPv4. */
    public KeyLayout ofV4(String symbol) {
        return new KeyLayout(
                symbol,
                parts.stream()
                        .map(part -> part.kind() == Kind.ADDRESS ? new Part(part.field(), Kind.ADDRESS4) : part)
                        .toList());
    }

    /** Whether there is one value for all requests. */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /** The struct; there is none without parts. */
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

    /** The fields as policies write them. */
    public List<String> fields() {
        return parts.stream().map(Part::field).toList();
    }
}
