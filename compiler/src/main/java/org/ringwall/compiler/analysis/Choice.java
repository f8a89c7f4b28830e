// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.value.Interval;

/**
 * One part of the values of a field: everything that is listed and not in {@code except}; if
 * negated, every other possible value.
 *
 * @param within the prefix to which a negation is limited; empty if it is not limited
 * @param sets names of declared sets
 * @param prefixes addresses as `ADDRESS/LENGTH`
 * @param ranges unsigned numbers
 * @param words values that have a name, such as `tcp`
 * @param texts classes of a string
 * @param except single addresses as `ADDRESS/LENGTH`
 * @param halves IPv6 addresses by their halves
 */
public record Choice(
        boolean negated,
        Optional<String> within,
        List<String> sets,
        List<String> prefixes,
        List<Interval> ranges,
        List<String> words,
        List<Text> texts,
        List<String> except,
        Optional<Halves> halves) {
    /** The patterns of the policy that a string matches, those that it may match, or no string. */
    public record Text(boolean absent, List<String> matches, List<String> unknown) {
        public Text {
            matches = List.copyOf(matches);
            unknown = List.copyOf(unknown);
        }
    }

    /** The IPv6 addresses whose first and last 64 bits are in these ranges, unsigned. */
    public record Halves(Interval first, Interval last) {}

    public Choice {
        sets = List.copyOf(sets);
        prefixes = List.copyOf(prefixes);
        ranges = List.copyOf(ranges);
        words = List.copyOf(words);
        texts = List.copyOf(texts);
        except = List.copyOf(except);
    }

    static Choice prefixes(boolean negated, Optional<String> within, List<String> prefixes) {
        return new Choice(
                negated, within, List.of(), prefixes, List.of(), List.of(), List.of(), List.of(), Optional.empty());
    }

    static Choice set(boolean negated, String name, List<String> prefixes, List<String> except) {
        return new Choice(
                negated,
                Optional.empty(),
                List.of(name),
                prefixes,
                List.of(),
                List.of(),
                List.of(),
                except,
                Optional.empty());
    }

    static Choice numbers(boolean negated, List<Interval> ranges, List<String> words) {
        return new Choice(
                negated, Optional.empty(), List.of(), List.of(), ranges, words, List.of(), List.of(), Optional.empty());
    }

    static Choice texts(boolean negated, List<Text> texts) {
        return new Choice(
                negated,
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                texts,
                List.of(),
                Optional.empty());
    }

    static Choice halves(Interval first, Interval last) {
        return new Choice(
                false,
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Optional.of(new Halves(first, last)));
    }
}
