package org.ringwall.compiler.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that a kernel gives as a name, a path or a value: any bytes, in most cases UTF-8. Ordered as unsigned bytes. */
public final class ByteString implements Comparable<ByteString> {
    private final byte[] bytes;

    private ByteString(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The text in UTF-8. */
    public static ByteString of(String text) {
        return new ByteString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy of these bytes. */
    public static ByteString of(byte[] bytes) {
        return new ByteString(bytes.clone());
    }

    /** The first `size` of these, with zeros behind them where there are fewer. */
    public static ByteString of(byte[] bytes, int size) {
        return new ByteString(Arrays.copyOf(bytes, size));
    }

    /** How many there are. */
    public int size() {
        return bytes.length;
    }

    /** The byte at the index, 0..255. */
    public int at(int index) {
        return bytes[index] & 0xff;
    }

    /** The bytes before the index. */
    public ByteString first(int end) {
        return new ByteString(Arrays.copyOf(bytes, end));
    }

    /** Whether this byte is in it. */
    public boolean has(int value) {
        for (byte b : bytes) {
            if ((b & 0xff) == value) {
                return true;
            }
        }
        return false;
    }

    /** Two digits a byte. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /** A copy. */
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

    /** The text; a byte that is no part of UTF-8 or a control character as `\xff`. */
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
