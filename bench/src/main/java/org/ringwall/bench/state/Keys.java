// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.Key;
import org.ringwall.bench.samples.Whole;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.sys.Fd;

/** The keys of all cases, generated from a fixed seed, and their layout in the maps of C. */
final class Keys {
    /** The instruction sets for which C is compiled. */
    static final List<String> CPUS = List.of("v1", "v3");

    private static final long SEED = 0x7374617465L;
    private static final int PORT = 443;

    private Keys() {}

    /** Returns this many distinct addresses. */
    static List<Address> addresses(int count, long stream) {
        SplittableRandom random = new SplittableRandom(SEED + stream);
        Set<Address> addresses = new LinkedHashSet<>();
        while (addresses.size() < count) {
            addresses.add(Address.anyV4(random));
        }
        return List.copyOf(addresses);
    }

    /** Returns a connect(2) by UDP for each address. */
    static List<Key> to(List<Address> addresses) {
        return addresses.stream()
                .map(address -> (Key) new Key.Connect(false, address, PORT))
                .toList();
    }

    /** Returns a connect(2) by UDP for each port of one address. */
    static List<Key> ports(List<Integer> ports) {
        Address address = addresses(1, 0).get(0);
        return ports.stream()
                .map(port -> (Key) new Key.Connect(false, address, port))
                .toList();
    }

    /** Returns calls to this many addresses, all of them allowed. */
    static StateCase.Keys allowed(int count) {
        return new StateCase.Keys(to(addresses(count, 0)), List.of(index -> true), List.of());
    }

    /** Returns consecutive ports in random order. */
    static List<Integer> mixedPorts(int from, int count) {
        List<Integer> ports = new java.util.ArrayList<>(
                IntStream.range(from, from + count).boxed().toList());
        java.util.Collections.shuffle(ports, new java.util.Random(SEED));
        return ports;
    }

    /** Returns an address as programs see it: 4 bytes in network byte order. */
    static byte[] network(Address address) {
        return address.bytes();
    }

    /**
     * Returns a port as programs see it: a u32 whose first 2 bytes in memory are the port in
     * network byte order.
     */
    static byte[] network(int port) {
        return ByteBuffer.allocate(4).putShort((short) port).array();
    }

    /** Returns a u32 in the machine's byte order. */
    static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(java.nio.ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    /** Adds entries to the map `entries` of a C object. */
    static Side.Filling entries(List<byte[]> keys, List<byte[]> values) {
        return whole -> {
            Bpf bpf = whole.bpf();
            try (Fd map = whole.map("entries")) {
                for (int i = 0; i < keys.size(); i++) {
                    bpf.mapUpdate(map, keys.get(i), values.get(i));
                }
            }
        };
    }

    /** Adds keys with the same value, because only their presence matters. */
    static Side.Filling members(List<byte[]> keys) {
        return entries(keys, keys.stream().map(key -> new byte[Long.BYTES]).toList());
    }

    /** Adds entries to a live set of Ringwall. */
    static Side.Filling live(String set, List<String> entries) {
        return (Whole whole) -> {
            try (var state = whole.loader().change(whole.instance())) {
                state.live(set, live -> live.add(entries, 0));
            }
        };
    }
}
