package org.ringwall.compiler.table;

import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Read-only data that an object carries for its code. */
public sealed interface DataTable permits LookupTable, StringTable {
    /** The global that holds it: equal tables have one name. */
    String symbol();

    /** Where it may begin: at a multiple of this many bytes, a power of two. */
    int alignment();

    /** What an object of this byte order holds. */
    byte[] content(ByteOrder order);

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
