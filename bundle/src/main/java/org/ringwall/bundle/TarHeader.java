// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * The header of an entry of a bundle: a block of the POSIX format ustar in which only the name and
 * the size vary. The reader accepts the blocks that the writer makes and no others, so that links,
 * devices, sparse files and pax records have no form in a bundle.
 */
final class TarHeader {
    /** The size of a header, and the unit to which content is padded, in bytes. */
    static final int BLOCK = 512;

    /** The maximum length of a name in bytes; ustar has room for 155, a slash and 100. */
    static final int MAX_NAME_BYTES = 255;

    private static final int NAME = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM = 8;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int DEVICE_AT = 329;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX = 155;

    private TarHeader() {}

    /**
     * Returns the header of a file.
     *
     * @param name its path with slashes, which {@link EntryName} accepts
     * @param size its size in bytes
     */
    static byte[] of(String name, int size) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        int split = split(path);
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        block.put(0, path, split, path.length - split);
        block.position(NAME).put(ascii("0100644 0000000 0000000 "));
        block.put(ascii(String.format(Locale.ROOT, "%011o 00000000000 ", size)));
        block.put(ascii(" ".repeat(CHECKSUM)));
        block.put((byte) '0');
        block.position(MAGIC_AT).put(ascii("ustar\00000"));
        block.position(DEVICE_AT).put(ascii("0000000 0000000 "));
        if (split > 0) {
            block.put(PREFIX_AT, path, 0, split - 1);
        }
        int sum = 0;
        for (byte each : block.array()) {
            sum += Byte.toUnsignedInt(each);
        }
        block.position(CHECKSUM_AT).put(ascii(String.format(Locale.ROOT, "%06o\0 ", sum)));
        return block.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Returns the index in a path at which the header's field `name` begins; what precedes it is in
     * `prefix`. It is 0 if the path fits in `name`, else the index after the first slash after
     * which the rest fits; -1 if the path cannot be split.
     */
    static int split(byte[] path) {
        if (path.length <= NAME) {
            return 0;
        }
        for (int at = path.length - NAME - 1; at <= PREFIX && at < path.length - 1; at++) {
            if (path[at] == '/') {
                return at + 1;
            }
        }
        return -1;
    }

    /**
     * Returns the name in a header, which need not be a valid one.
     *
     * @throws CharacterCodingException if it is not UTF-8
     */
    static String name(byte[] block) throws CharacterCodingException {
        String name = text(block, 0, NAME);
        String prefix = text(block, PREFIX_AT, PREFIX);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] block, int at, int length) throws CharacterCodingException {
        int end = at;
        while (end < at + length && block[end] != 0) {
            end++;
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(block, at, end - at))
                .toString();
    }

    /** Returns the size in a header in bytes; -1 if the field is not 11 octal digits. */
    static long size(byte[] block) {
        long size = 0;
        for (int at = SIZE_AT; at < SIZE_AT + SIZE_DIGITS; at++) {
            int digit = block[at] - '0';
            if (digit < 0 || digit > 7) {
                return -1;
            }
            size = size * 8 + digit;
        }
        return size;
    }

    /** Returns whether a block is a header of the format ustar. */
    static boolean isUstar(byte[] block) {
        return Arrays.equals(block, MAGIC_AT, MAGIC_AT + 5, ascii("ustar"), 0, 5);
    }

    /**
     * Returns a phrase for the type of an entry, such as `is a device`; empty for a regular file.
     */
    static String kind(byte[] block) {
        return switch (block[TYPE_AT]) {
            case '0' -> "";
            case '1' -> "is a hard link";
            case '2' -> "is a symbolic link";
            case '3', '4' -> "is a device";
            case '5' -> "is a directory";
            case '6' -> "is a FIFO";
            case 'g', 'x', 'X' -> "is a pax record";
            case 'K', 'L' -> "is a long name of GNU tar";
            case 'S' -> "is a sparse file";
            default -> "is not a regular file";
        };
    }

    /** Returns the reason for which the header of a regular file differs from {@link #of}. */
    static String fault(byte[] block) {
        if (size(block) < 0) {
            return "has a size that is not an octal number";
        }
        return hasValidChecksum(block)
                ? "has an owner, a mode, a time or a split of its name that bundles do not have"
                : "has a header with a wrong checksum";
    }

    private static boolean hasValidChecksum(byte[] block) {
        int sum = ' ' * CHECKSUM;
        for (int at = 0; at < BLOCK; at++) {
            sum += at < CHECKSUM_AT || at >= CHECKSUM_AT + CHECKSUM ? Byte.toUnsignedInt(block[at]) : 0;
        }
        byte[] digits = ascii(String.format(Locale.ROOT, "%06o", sum));
        return Arrays.equals(block, CHECKSUM_AT, CHECKSUM_AT + digits.length, digits, 0, digits.length);
    }
}
