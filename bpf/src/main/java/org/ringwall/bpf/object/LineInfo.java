// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * The source line, with its text, of the code from {@code slot} on.
 *
 * @param line from 1, or 0 if there is none; at most 22 bits (BPF_LINE_INFO_LINE_NUM)
 * @param column from 1, or 0 if unknown; at most 10 bits (BPF_LINE_INFO_LINE_COL)
 */
public record LineInfo(int slot, String file, int line, int column, String text) {
    /** The greatest line that has an encoding. */
    public static final int MAX_LINE = (1 << 22) - 1;

    /** The greatest column that has an encoding. */
    public static final int MAX_COLUMN = (1 << 10) - 1;

    public LineInfo {
        Checks.that(slot >= 0, "slot is negative");
        Checks.that(line >= 0 && line <= MAX_LINE, "line does not fit 22 bits");
        Checks.that(column >= 0 && column <= MAX_COLUMN, "column does not fit 10 bits");
        Checks.string(file);
        Checks.string(text);
    }
}
