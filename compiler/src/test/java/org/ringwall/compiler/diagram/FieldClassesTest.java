// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * The intervals of a variable's classes: of 64-bit variables with either top bit, and of narrower
 * ones.
 */
class FieldClassesTest {
    @ParameterizedTest
    @EnumSource(names = {"IP6_HIGH", "PACKET_REMOTE_IP4"})
    void everyValueHasTheRowOfItsTerms(Variable variable) {
        long top = 1L << variable.bits() - 1;
        BitVectorClassifier terms = new BitVectorClassifier(List.of(
                term(variable, interval(10, 20), interval(top - 5, top + 7), interval(top + 30, top + 40)),
                term(variable, interval(15, 35), interval(top | top - 1, top | top - 1)),
                new BitVectorClassifier.Term(new RuleRef(0, 2), new TreeMap<>())));
        TreeMap<Long, Long> rows = new TreeMap<>(Long::compareUnsigned);
        List<Long> highs = new ArrayList<>();
        FieldClasses.of(terms, variable).intervals((row, high) -> {
            rows.put(high, row[0]);
            highs.add(high);
        });
        assertThat(highs).isSortedAccordingTo(Long::compareUnsigned).endsWith(variable.max());
        List<Long> asked = new ArrayList<>(List.of(0L, variable.max()));
        for (long end : new long[] {10, 15, 20, 35, top - 5, top, top + 7, top + 30, top + 40}) {
            asked.addAll(List.of(end - 1, end, end + 1));
        }
        for (long number : asked) {
            Map.Entry<Long, Long> found = rows.ceilingEntry(number);
            long first = found == null ? -1 : Long.numberOfTrailingZeros(found.getValue());
            assertThat(first).as("%x", number).isEqualTo(terms.first(any -> number));
        }
    }

    private static BitVectorClassifier.Term term(Variable variable, Interval... intervals) {
        return new BitVectorClassifier.Term(
                new RuleRef(0, 0), new TreeMap<>(Map.of(variable, IntervalSet.of(intervals))));
    }

    private static Interval interval(long low, long high) {
        return new Interval(U128.of(low), U128.of(high));
    }
}
