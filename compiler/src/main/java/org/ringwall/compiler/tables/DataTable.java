// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Read-only data that an object contains for its code. */
public sealed interface DataTable permits GlobTable, LookupTable, RuleRows, StringHash, StringTable {
    /** Returns the global variable that holds the table. Equal tables have the same symbol. */
    String symbol();

    /** Returns the alignment in bytes, a power of two. */
    int alignment();

    /** Returns the bytes in an object of this byte order. */
    byte[] content(ByteOrder order);

    /**
     * The maximum size of a piece, for all targets: the limit of an array's value before Linux 6.0
     * (array_map_alloc_check in kernel/bpf/arraymap.c).
     */
    int MOST_BYTES = 4 << 20;

    /** A part of a table with a symbol of its own, so that it can be in another section. */
    record Piece(String symbol, int alignment, byte[] content) {}

    /** Returns the pieces of the table in an object of this byte order. */
    default List<Piece> pieces(ByteOrder order) {
        return List.of(new Piece(symbol(), alignment(), content(order)));
    }

    /** Returns a symbol that is derived from the content. */
    static String symbol(String kind, byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return kind + "_" + HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
