// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.state.RateText;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InstanceState.Row;
import org.ringwall.sys.Fd;

/**
 * The buckets of a rate with a key (docs/abi.md section 1, Rates), read by the types of the map: an
 * array of sets and two more elements. The first of these has the bucket that keys share, the last
 * the random numbers of the hash.
 */
final class RateBuckets {
    private static final int NOT_SETS = 2;

    private final Bpf bpf;
    private final Fd map;
    private final int elements;
    private final int size;
    private final KeyFields fields;
    private final int keySize;
    private final int requests;
    private final int ways;
    private final int count;
    private final int waySize;
    private final int full;

    RateBuckets(Bpf bpf, Fd map, RateText text) {
        MapInfo info = bpf.mapInfo(map);
        Btf types = MapTypes.of(bpf, info.btf());
        BtfType.Member sets = member(types, info.valueType(), "ways");
        BtfType array = types.type(types.strip(sets.type()));
        if (!(array instanceof BtfType.Array buckets)) {
            throw unknown();
        }
        BtfType.Member key = member(types, buckets.element(), "key");
        this.bpf = bpf;
        this.map = map;
        this.elements = info.maxEntries();
        this.size = info.valueSize();
        this.keySize =
                types.sizeOf(key.type()).orElseThrow(RateBuckets::unknown).intValue();
        this.fields = KeyFields.of(types, key.type(), keySize, text.key());
        this.requests = offset(member(types, info.valueType(), "requests"));
        this.ways = offset(sets);
        this.count = (int) buckets.count();
        this.waySize = types.sizeOf(buckets.element())
                .orElseThrow(RateBuckets::unknown)
                .intValue();
        this.full = offset(member(types, buckets.element(), "full"));
        boolean fits = elements > NOT_SETS
                && requests + Long.BYTES <= size
                && full + Long.BYTES <= waySize
                && ways + (long) count * waySize <= size;
        if (!fits) {
            throw unknown();
        }
    }

    private static EntryException unknown() {
        return new EntryException(
                "the types of the map do not describe the buckets of a rate",
                "compile the policy with this ringwallc, then apply it again");
    }

    private static BtfType.Member member(Btf types, int struct, String name) {
        if (types.contains(struct) && types.type(struct) instanceof BtfType.Composite composite) {
            return composite.members().stream()
                    .filter(member -> member.name().equals(name))
                    .findFirst()
                    .orElseThrow(RateBuckets::unknown);
        }
        throw unknown();
    }

    private static int offset(BtfType.Member member) {
        return (int) (member.bitOffset() / Byte.SIZE);
    }

    /**
     * Returns the tokens of every bucket that a key has used, at a time in ns of CLOCK_BOOTTIME.
     */
    List<Row> rows(RateText text, long now) {
        List<Row> rows = new ArrayList<>();
        for (int set = 0; set < elements - NOT_SETS; set++) {
            ByteBuffer value = element(set);
            for (int way = ways; way < ways + count * waySize; way += waySize) {
                long time = value.getLong(way + full);
                if (time != 0) {
                    byte[] key = Arrays.copyOfRange(value.array(), way, way + keySize);
                    rows.add(new Row(fields.read(key), Map.of("tokens", BigInteger.valueOf(text.tokens(time, now)))));
                }
            }
        }
        return rows;
    }

    /** Returns how many requests the shared bucket has judged. */
    BigInteger shared() {
        return Span.unsigned(element(elements - NOT_SETS).getLong(requests));
    }

    private ByteBuffer element(int index) {
        byte[] key = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
        return ByteBuffer.wrap(bpf.mapLookup(map, key, size).orElseThrow(RateBuckets::unknown))
                .order(ByteOrder.nativeOrder());
    }
}
