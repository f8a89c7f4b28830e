package org.ringwall.compiler.table;

import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Read-only data that an object carries for its code. */
public sealed interface DataTable permits LookupTable, RuleRows, StringHash, StringTable {
    /** The global that holds it: equal tables have one name. */
    String symbol();

    /** Where it may begin: at a multiple of this many bytes, a power of two. */
    int alignment();

    /** What an object of this byte order holds. */
    byte[] content(ByteOrder order);

    /**
     * Bytes of one piece at most, whatever the target: an array's value before Linux 6.0 has no more
     * (array_map_alloc_check in kernel/bpf/arraymap.c).
     */
    int MOST_BYTES = 4 << 20;

    /** A global of its own, so that an object can have each in another section. */
    record Piece(String symbol, int alignment, byte[] content) {}

    /** What the object holds, piece by piece. */
    default List<Piece> pieces(ByteOrder order) {
        return List.of(new Piece(symbol(), alignment(), content(order)));
    }

    /** A name for these bytes. */
    static String symbol(String kind, byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return kind + "_" + HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
