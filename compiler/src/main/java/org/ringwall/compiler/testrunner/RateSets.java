// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.machine.map.Maps;

/**
 * The random numbers that a loader stores in the maps of rates, and the resulting hash of keys to
 * sets (docs/abi.md section 1, Rates).
 */
final class RateSets {
    private final Maps maps;
    private final ByteOrder order;
    private final Map<Rate, long[]> seeds = new HashMap<>();

    RateSets(StateMaps maps, ByteOrder order) {
        this.maps = maps.maps();
        this.order = order;
    }

    /**
     * Stores fixed numbers in the map of a rate; a rate without a key or without a map gets none.
     */
    void seed(Rate rate) {
        String name = StateNames.rate(rate.name());
        if (rate.key().isEmpty() || !maps.byName().containsKey(name)) {
            return;
        }
        RateLayout layout = rate.layout();
        long[] seed = new SplittableRandom(rate.name().hashCode())
                .longs(layout.randoms())
                .toArray();
        ByteBuffer element = ByteBuffer.allocate(layout.set().size()).order(order);
        for (int i = 0; i < seed.length; i++) {
            element.putLong(layout.set().offset("ways") + i * Long.BYTES, seed[i]);
        }
        byte[] index = ByteBuffer.allocate(Integer.BYTES)
                .order(order)
                .putInt(layout.seed())
                .array();
        maps.keyed(name).put(index, element.array()).ifPresent(errno -> {
            throw new IllegalStateException("the map takes no random numbers: " + errno);
        });
        seeds.put(rate, seed);
    }

    int of(Rate rate, List<KeyValue> key) {
        RateLayout layout = rate.layout();
        long[] seed = seeds.getOrDefault(rate, new long[layout.randoms()]);
        ByteBuffer words = KeyBytes.of(layout.key(), key, order).buffer(order);
        long sum = seed[0];
        for (int word = 1; word < seed.length; word++) {
            int constant = 0x9e3779b1 * (2 * word - 1);
            sum += (seed[word] ^ constant) * Integer.toUnsignedLong(words.getInt((word - 1) * Integer.BYTES));
        }
        return (int) ((sum >>> Integer.SIZE) * layout.sets() >>> Integer.SIZE);
    }
}
