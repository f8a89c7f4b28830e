// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The bytes of a name, a path or a value from the kernel. Any bytes can occur; most are UTF-8.
 * Ordered as unsigned bytes.
 */
public final class ByteString implements Comparable<ByteString> {
    private final byte[] bytes;

    private ByteString(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the text in UTF-8. */
    public static ByteString of(String text) {
        return new ByteString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a copy of these bytes. */
    public static ByteString of(byte[] bytes) {
        return new ByteString(bytes.clone());
    }

    /** Returns the first `size` bytes, padded with zeros if there are fewer. */
    public static ByteString of(byte[] bytes, int size) {
        return new ByteString(Arrays.copyOf(bytes, size));
    }

    /** Returns the number of bytes. */
    public int size() {
        return bytes.length;
    }

    /** Returns the byte at the index, 0 to 255. */
    public int at(int index) {
        return bytes[index] & 0xff;
    }

    /** Returns the bytes before the index. */
    public ByteString first(int end) {
        return new ByteString(Arrays.copyOf(bytes, end));
    }

    /** Returns whether this byte occurs. */
    public boolean has(int value) {
        for (byte b : bytes) {
            if ((b & 0xff) == value) {
                return true;
            }
        }
        return false;
    }

    /** Returns two hexadecimal digits per byte. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /** Returns a copy of the bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }

    @Override
    public int compareTo(ByteString other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ByteString string && Arrays.equals(bytes, string.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /**
     * Returns the text. If the bytes are not UTF-8 or contain control characters, backslashes and
     * all bytes other than printable ASCII are written as `\xff`.
     */
    @Override
    public String toString() {
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean utf8 = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
        if (utf8 && text.codePoints().noneMatch(Character::isISOControl)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        for (byte b : bytes) {
            boolean plain = b >= ' ' && b < 0x7f && b != '\\';
            escaped.append(plain ? String.valueOf((char) b) : "\\x%02x".formatted(b & 0xff));
        }
        return escaped.toString();
    }
}
