// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Optional;
import org.ringwall.bpf.object.MapType;

/**
 * A map as a program declares it and a loader creates it (docs/abi.md section 1).
 *
 * @param symbol the map's name in the object
 * @param maxEntries 0 for maps whose elements belong to other objects, such as sockets; the size in
 *     bytes of a ring
 * @param flags `map_flags`
 * @param key empty for C's `int` or a 32-bit index, and if there are no keys
 * @param value empty for maps of maps and rings
 * @param inner for a map of maps, the declaration of its inner maps
 */
public record MapDeclaration(
        String symbol,
        MapType type,
        int maxEntries,
        int flags,
        Optional<StructLayout> key,
        Optional<StructLayout> value,
        Optional<MapDeclaration> inner) {
    /** The maximum number of maps in an object. A program finds more than 64 through indexes. */
    public static final int MOST = 4096;

    public MapDeclaration {
        if (type.holdsMaps() != inner.isPresent()
                || value.isPresent() == (type.holdsMaps() || type == MapType.RINGBUF)) {
            throw new IllegalArgumentException(symbol + " is no " + type);
        }
    }

    /** Returns an array, per CPU or not. */
    public static MapDeclaration array(String symbol, MapType type, int entries, StructLayout value) {
        return new MapDeclaration(symbol, type, entries, 0, Optional.empty(), Optional.of(value), Optional.empty());
    }

    /** Returns a hash, trie or storage. */
    public static MapDeclaration keyed(
            String symbol, MapType type, int entries, int flags, StructLayout key, StructLayout value) {
        return new MapDeclaration(symbol, type, entries, flags, Optional.of(key), Optional.of(value), Optional.empty());
    }

    /** Returns storage for values that belong to sockets. */
    public static MapDeclaration ofSockets(String symbol, int flags, StructLayout value) {
        return new MapDeclaration(
                symbol, MapType.SK_STORAGE, 0, flags, Optional.empty(), Optional.of(value), Optional.empty());
    }

    /** Returns a ring of this many bytes, a power of two. */
    public static MapDeclaration ring(String symbol, int bytes) {
        return new MapDeclaration(
                symbol, MapType.RINGBUF, bytes, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Returns an array whose only element is a map that can be exchanged for another at one
     * instant.
     */
    public static MapDeclaration exchangeable(String symbol, MapDeclaration inner) {
        return new MapDeclaration(
                symbol, MapType.ARRAY_OF_MAPS, 1, 0, Optional.empty(), Optional.empty(), Optional.of(inner));
    }

    /** Returns the size of a key in bytes; 0 if there are no keys. */
    public int keySize() {
        return type == MapType.RINGBUF ? 0 : key.map(StructLayout::size).orElse(Integer.BYTES);
    }

    /** Returns the size of a value in bytes; for a map of maps that of an id. */
    public int valueSize() {
        return type == MapType.RINGBUF ? 0 : value.map(StructLayout::size).orElse(Integer.BYTES);
    }
}
