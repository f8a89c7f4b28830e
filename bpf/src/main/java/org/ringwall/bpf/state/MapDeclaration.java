package org.ringwall.bpf.state;

import java.util.Optional;
import org.ringwall.bpf.object.MapType;

/**
 * A map as a program names it and a loader makes it (docs/abi.md section 1).
 *
 * @param symbol the map's name in the object
 * @param maxEntries 0 for maps whose elements belong to something else, as a socket; bytes of a ring
 * @param flags `map_flags`
 * @param key empty for C's `int` or an index of 32 bits, and where there are no keys
 * @param value empty for maps of maps and rings
 * @param inner for a map of maps, what its values look like
 */
public record MapDeclaration(
        String symbol,
        MapType type,
        int maxEntries,
        int flags,
        Optional<StructLayout> key,
        Optional<StructLayout> value,
        Optional<MapDeclaration> inner) {
    /** Maps that an object declares at most, twice what one program can use: a counter has up to two, of which a program names one. */
    public static final int MOST = 128;

    public MapDeclaration {
        if (type.holdsMaps() != inner.isPresent()
                || value.isPresent() == (type.holdsMaps() || type == MapType.RINGBUF)) {
            throw new IllegalArgumentException(symbol + " is no " + type);
        }
    }

    /** An array, of one CPU or of each. */
    public static MapDeclaration array(String symbol, MapType type, int entries, StructLayout value) {
        return new MapDeclaration(symbol, type, entries, 0, Optional.empty(), Optional.of(value), Optional.empty());
    }

    /** A hash, trie or storage. */
    public static MapDeclaration keyed(
            String symbol, MapType type, int entries, int flags, StructLayout key, StructLayout value) {
        return new MapDeclaration(symbol, type, entries, flags, Optional.of(key), Optional.of(value), Optional.empty());
    }

    /** Values that belong to sockets. */
    public static MapDeclaration ofSockets(String symbol, int flags, StructLayout value) {
        return new MapDeclaration(
                symbol, MapType.SK_STORAGE, 0, flags, Optional.empty(), Optional.of(value), Optional.empty());
    }

    /** A ring of so many bytes, a power of two. */
    public static MapDeclaration ring(String symbol, int bytes) {
        return new MapDeclaration(
                symbol, MapType.RINGBUF, bytes, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** One map that can be exchanged for another at an instant: the only element of an array. */
    public static MapDeclaration exchangeable(String symbol, MapDeclaration inner) {
        return new MapDeclaration(
                symbol, MapType.ARRAY_OF_MAPS, 1, 0, Optional.empty(), Optional.empty(), Optional.of(inner));
    }

    /** Bytes of a key; 0 where there are none. */
    public int keySize() {
        return type == MapType.RINGBUF ? 0 : key.map(StructLayout::size).orElse(Integer.BYTES);
    }

    /** Bytes of a value; of a map of maps those of an id. */
    public int valueSize() {
        return type == MapType.RINGBUF ? 0 : value.map(StructLayout::size).orElse(Integer.BYTES);
    }
}
