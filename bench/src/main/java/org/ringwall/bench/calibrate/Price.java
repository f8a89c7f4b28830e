// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.verdict.Prices;

/**
 * The comparison of one row.
 *
 * @param hot whether all calls use one key, instead of a random key each
 * @param parts the number of instances of the primitive that `program` has and `base` has not
 * @param less the other differences: names of constants, and how often `program` has the cost of
 * each
 * @param constant the constant of the cost model that this measures
 */
record Price(
        String primitive,
        String keys,
        boolean hot,
        String program,
        String base,
        int parts,
        Map<String, Integer> less,
        Optional<Constant> constant) {
    Price {
        less = Map.copyOf(less);
    }

    /** Returns a price that does not depend on the keys and measures no constant. */
    static Price of(String primitive, String program, String base, int parts) {
        return new Price(primitive, "any", false, program, base, parts, Map.of(), Optional.empty());
    }

    /** Returns this price, measured with random keys. */
    Price onRandomKeys() {
        return new Price(primitive, "random", false, program, base, parts, less, constant);
    }

    /** Returns this price, measured with one key. */
    Price onOneKey() {
        return new Price(primitive, "one key", true, program, base, parts, less, constant);
    }

    /** Returns this price as the measurement of a constant. */
    Price as(String name, double ns) {
        return as(new Constant(name, ns));
    }

    /** Returns this price as the measurement of this constant. */
    Price as(Constant measured) {
        return new Price(primitive, keys, hot, program, base, parts, less, Optional.of(measured));
    }

    /** Returns this price minus this many times the measured cost of each of these constants. */
    Price less(Map<String, Integer> others) {
        return new Price(primitive, keys, hot, program, base, parts, others, constant);
    }

    /**
     * Returns the nanoseconds of one instance; `known` contains the measured values of the previous
     * constants.
     */
    Summary in(Prices.Measured measured, Map<String, Double> known) {
        double beside = 0;
        for (Map.Entry<String, Integer> each : less.entrySet()) {
            beside += each.getValue()
                    * Optional.ofNullable(known.get(each.getKey()))
                            .orElseThrow(() -> new IllegalStateException(each.getKey() + " is measured later"));
        }
        return measured.difference(program, base, hot, parts).less(beside / parts);
    }
}
