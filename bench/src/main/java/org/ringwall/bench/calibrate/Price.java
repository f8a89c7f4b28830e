package org.ringwall.bench.calibrate;

import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Summary;
import org.ringwall.bench.verdict.Prices;

/**
 * What one row compares.
 *
 * @param hot whether one key is asked for again and again, or another each time
 * @param parts how many of the primitive `program` has that `base` lacks
 * @param less what else `program` has: names of constants, and how many times it costs each of them
 * @param constant the number of the compiler that this is the measure of
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

    /** Where it does not matter what is asked, and of no constant. */
    static Price of(String primitive, String program, String base, int parts) {
        return new Price(primitive, "any", false, program, base, parts, Map.of(), Optional.empty());
    }

    /** The same with keys drawn anew, which matter. */
    Price onRandomKeys() {
        return new Price(primitive, "random", false, program, base, parts, less, constant);
    }

    /** The same with one key. */
    Price onOneKey() {
        return new Price(primitive, "one key", true, program, base, parts, less, constant);
    }

    /** The same, of a constant. */
    Price as(String name, double ns) {
        return as(new Constant(name, ns));
    }

    /** The same, of this constant. */
    Price as(Constant measured) {
        return new Price(primitive, keys, hot, program, base, parts, less, Optional.of(measured));
    }

    /** The same, less so many times each of these constants, as they were measured. */
    Price less(Map<String, Integer> others) {
        return new Price(primitive, keys, hot, program, base, parts, others, constant);
    }

    /** The nanoseconds of one, where `known` has what the constants before it came to. */
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
