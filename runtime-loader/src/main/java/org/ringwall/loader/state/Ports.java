// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.sys.Fd;

/**
 * A live set of ports: an array of 1,024 words of 64 bits, with port p in bit p mod 64 of word p /
 * 64.
 */
final class Ports {
    private static final int WORDS = 1024;

    private Ports() {}

    static BitSet read(Bpf bpf, Fd inner) {
        long[] words = new long[WORDS];
        MapEntries.settled(bpf, inner).forEach((key, value) -> {
            int index = key.order(ByteOrder.nativeOrder()).getInt(0);
            words[index] = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
        });
        return BitSet.valueOf(words);
    }

    /** Returns the nonzero words of a map of these ports. */
    static Map<ByteBuffer, byte[]> words(BitSet ports) {
        long[] words = ports.toLongArray();
        Map<ByteBuffer, byte[]> content = new LinkedHashMap<>();
        for (int i = 0; i < words.length; i++) {
            if (words[i] != 0) {
                content.put(ByteBuffer.wrap(index(i)), word(words[i]));
            }
        }
        return content;
    }

    /**
     * Changes the map in force at one instant: in place if only one word differs, else by a
     * replacement.
     */
    static void change(Bpf bpf, ExchangedMap map, Fd inner, BitSet before, BitSet after) {
        long[] old = Arrays.copyOf(before.toLongArray(), WORDS);
        long[] now = Arrays.copyOf(after.toLongArray(), WORDS);
        int first = Arrays.mismatch(old, now);
        if (first < 0) {
            return;
        }
        if (Arrays.mismatch(old, first + 1, WORDS, now, first + 1, WORDS) < 0) {
            bpf.mapUpdate(inner, index(first), word(now[first]));
        } else {
            map.rewrite(words(after));
        }
    }

    /** Returns an identifier of a span of ports; it is not a key of the map. */
    static byte[] key(Span span) {
        return ByteBuffer.allocate(2 * Integer.BYTES)
                .putInt(span.low().intValue())
                .putInt(span.high().intValue())
                .array();
    }

    static void set(BitSet ports, Span span) {
        ports.set(span.low().intValue(), span.high().intValue() + 1);
    }

    static void clear(BitSet ports, Span span) {
        ports.clear(span.low().intValue(), span.high().intValue() + 1);
    }

    static boolean hasAll(BitSet ports, Span span) {
        return ports.nextClearBit(span.low().intValue()) > span.high().intValue();
    }

    /** Returns the ports as spans of adjacent ports. */
    static List<Span> spans(BitSet ports) {
        List<Span> spans = new ArrayList<>();
        int from = ports.nextSetBit(0);
        while (from >= 0) {
            int end = ports.nextClearBit(from);
            spans.add(Span.of(from, end - 1));
            from = ports.nextSetBit(end);
        }
        return spans;
    }

    private static byte[] index(int index) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
    }

    private static byte[] word(long bits) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(bits)
                .array();
    }
}
