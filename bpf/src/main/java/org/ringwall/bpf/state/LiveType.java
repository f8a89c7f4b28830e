// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;

/** The type of a live set's entries, and the map that holds them. */
public enum LiveType {
    /** Addresses and prefixes; IPv4 as IPv4-mapped. */
    NET,
    /** Single addresses; IPv4 as IPv4-mapped. */
    IP,
    /** Ports, one bit each. */
    PORT,
    /** Device numbers, with one minor or all. */
    DEVICE,
    UID,
    GID,
    INT,
    CGROUP,
    NETNS;

    /** The value of an entry: the time when it was added, in seconds since 1970. */
    public static final StructLayout ENTRY = StructLayout.named("ringwall_entry")
            .add("since", StructLayout.Scalar.U64)
            .build();

    /** The key of {@link #NET}, with the address in network byte order. */
    public static final StructLayout NET_KEY = StructLayout.named("ringwall_net")
            .add("prefixlen", StructLayout.Scalar.U32)
            .add("address", StructLayout.Scalar.U8, 16)
            .build();

    /** The key of {@link #IP}, with the address in network byte order. */
    public static final StructLayout IP_KEY = StructLayout.named("ringwall_ip")
            .add("address", StructLayout.Scalar.U8, 16)
            .build();

    /** The key of {@link #DEVICE}. */
    public static final StructLayout DEVICE_KEY = StructLayout.named("ringwall_device")
            .add("prefixlen", StructLayout.Scalar.U32)
            .add("type", StructLayout.Scalar.BE32)
            .add("major", StructLayout.Scalar.BE32)
            .add("minor", StructLayout.Scalar.BE32)
            .build();

    /** The key of all types that are numbers. */
    public static final StructLayout NUMBER_KEY = StructLayout.named("ringwall_number")
            .add("number", StructLayout.Scalar.U64)
            .build();

    /** 64 ports. */
    public static final StructLayout PORTS = StructLayout.named("ringwall_ports")
            .add("bits", StructLayout.Scalar.U64)
            .build();

    /** The number of bits before an IPv4 address in {@link #NET_KEY}. */
    public static final int MAPPED_BITS = 96;

    /**
     * The prefix lengths of a full {@link #NET_KEY}, of a {@link #DEVICE_KEY} with a minor, and of
     * one without.
     */
    public static final int NET_BITS = 128;

    public static final int DEVICE_BITS = 96;

    public static final int MAJOR_BITS = 64;

    private static final int PORT_ENTRIES = (1 << 16) / Long.SIZE;

    /** Returns the word in a policy. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the type with this word in a policy. */
    public static Optional<LiveType> named(String word) {
        return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst();
    }

    /**
     * Returns whether entries can cover more than one value, so that lookups find the longest
     * match.
     */
    public boolean hasPrefixes() {
        return this == NET || this == DEVICE;
    }

    /** Returns whether entries are addresses. */
    public boolean isAddress() {
        return this == NET || this == IP;
    }

    /** Returns the map of the set with this name and room for this many entries. */
    public MapDeclaration map(String name, int max) {
        String symbol = StateNames.live(name);
        return MapDeclaration.exchangeable(symbol, inner(symbol, max));
    }

    private MapDeclaration inner(String symbol, int max) {
        int flags = MapFlag.NO_PREALLOC.bit();
        return switch (this) {
            case NET -> MapDeclaration.keyed(symbol, MapType.LPM_TRIE, max, flags, NET_KEY, ENTRY);
            case IP -> MapDeclaration.keyed(symbol, MapType.HASH, max, flags, IP_KEY, ENTRY);
            case DEVICE -> MapDeclaration.keyed(symbol, MapType.LPM_TRIE, max, flags, DEVICE_KEY, ENTRY);
            case PORT -> MapDeclaration.array(symbol, MapType.ARRAY, PORT_ENTRIES, PORTS);
            case UID, GID, INT, CGROUP, NETNS ->
                MapDeclaration.keyed(symbol, MapType.HASH, max, flags, NUMBER_KEY, ENTRY);
        };
    }
}
