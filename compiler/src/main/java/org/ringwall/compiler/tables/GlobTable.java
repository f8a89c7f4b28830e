// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The steps of one word of globs as read-only data: for each byte a row of two words of 8 bytes,
 * the bits that stay and those that can be moved to.
 */
public record GlobTable(List<Long> stays, List<Long> moves) implements DataTable {
    /** The left shift that turns a byte into the offset of its row. */
    public static final int SCALE = 4;

    /** The offset in a row of the bits that can be moved to. */
    public static final int MOVES = Long.BYTES;

    public GlobTable {
        stays = List.copyOf(stays);
        moves = List.copyOf(moves);
        if (stays.size() != 256 || moves.size() != 256) {
            throw new IllegalArgumentException("a row for each byte");
        }
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer buffer = ByteBuffer.allocate(stays.size() << SCALE).order(order);
        for (int value = 0; value < stays.size(); value++) {
            buffer.putLong(stays.get(value)).putLong(moves.get(value));
        }
        return buffer.array();
    }

    @Override
    public int alignment() {
        return Long.BYTES;
    }

    @Override
    public String symbol() {
        return DataTable.symbol("globs", content(ByteOrder.LITTLE_ENDIAN));
    }
}
