package org.ringwall.compiler.value;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that nobody changes. */
public final class Octets {
    private final byte[] content;

    private Octets(byte[] content) {
        this.content = content;
    }

    /** A copy of these. */
    public static Octets of(byte[] content) {
        return new Octets(content.clone());
    }

    /** The first `size` of these, with zeros behind them where there are fewer. */
    public static Octets of(byte[] content, int size) {
        return new Octets(Arrays.copyOf(content, size));
    }

    /** How many. */
    public int size() {
        return content.length;
    }

    /** One of them, 0..255. */
    public int at(int index) {
        return content[index] & 0xff;
    }

    /** A copy. */
    public byte[] toArray() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Octets octets && Arrays.equals(content, octets.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** In hex. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(content);
    }
}
