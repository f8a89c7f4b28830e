// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.report.Region.Halves;
import org.ringwall.compiler.report.Region.Range;
import org.ringwall.compiler.report.Region.Strings;
import org.ringwall.compiler.report.Region.Values;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/** The values of a field for reports, one factory for each kind of field. */
final class Choices {
    private Choices() {}

    static Values prefixes(boolean negated, Optional<String> within, List<String> prefixes) {
        return addresses(negated, within, List.of(), prefixes, List.of());
    }

    /** Returns the members of a declared set and the prefixes, without the exceptions. */
    static Values set(boolean negated, String name, List<String> prefixes, List<String> except) {
        return addresses(negated, Optional.empty(), List.of(name), prefixes, except);
    }

    private static Values addresses(
            boolean negated, Optional<String> within, List<String> sets, List<String> prefixes, List<String> except) {
        return new Values(negated, within, sets, prefixes, List.of(), List.of(), List.of(), except, Optional.empty());
    }

    static Values numbers(boolean negated, List<Interval> ranges, List<String> words) {
        return others(negated, ranges, words, List.of(), Optional.empty());
    }

    static Values strings(boolean negated, List<Strings> strings) {
        return others(negated, List.of(), List.of(), strings, Optional.empty());
    }

    static Values halves(Interval first, Interval last) {
        return others(false, List.of(), List.of(), List.of(), Optional.of(new Halves(range(first), range(last))));
    }

    private static Values others(
            boolean negated,
            List<Interval> ranges,
            List<String> words,
            List<Strings> strings,
            Optional<Halves> halves) {
        return new Values(
                negated,
                Optional.empty(),
                List.of(),
                List.of(),
                ranges.stream().map(Choices::range).toList(),
                words,
                strings,
                List.of(),
                halves);
    }

    private static Range range(Interval interval) {
        return new Range(unsigned(interval.low()), unsigned(interval.high()));
    }

    /** Returns a number of 64 bits. */
    private static BigInteger unsigned(U128 number) {
        return new BigInteger(Long.toUnsignedString(number.low()));
    }
}
