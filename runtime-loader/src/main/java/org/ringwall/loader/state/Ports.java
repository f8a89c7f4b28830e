package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.sys.Fd;

/** A live set of ports: an array of 64 bits each, port p in bit p mod 64 of entry p / 64. */
final class Ports {
    private static final int WORDS = 1024;

    private Ports() {}

    static BitSet read(Bpf bpf, Fd inner) {
        long[] words = new long[WORDS];
        for (int i = 0; i < WORDS; i++) {
            Optional<byte[]> word = bpf.mapLookup(inner, index(i), Long.BYTES);
            words[i] = word.map(bytes -> ByteBuffer.wrap(bytes)
                            .order(ByteOrder.nativeOrder())
                            .getLong())
                    .orElse(0L);
        }
        return BitSet.valueOf(words);
    }

    /** Writes the words that differ; where the kernel refuses one, those before it are as they were. */
    static void write(Bpf bpf, Fd inner, BitSet before, BitSet after) {
        long[] old = Arrays.copyOf(before.toLongArray(), WORDS);
        long[] now = Arrays.copyOf(after.toLongArray(), WORDS);
        int i = 0;
        try {
            for (; i < WORDS; i++) {
                if (old[i] != now[i]) {
                    bpf.mapUpdate(inner, index(i), word(now[i]));
                }
            }
        } catch (KernelRefusedException e) {
            for (int back = 0; back < i; back++) {
                if (old[back] != now[back]) {
                    bpf.mapUpdate(inner, index(back), word(old[back]));
                }
            }
            throw e;
        }
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

    /** Ports in a row as one. */
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
