// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.policy.Verdict;

/**
 * Requests with the same verdict by the same rules: every field has one of its values, and every
 * condition its answer. A field that is not listed has any value.
 *
 * @param rules the rules that decide; empty for a default
 * @param changes the destinations and values that replace those of the request, as policies write
 *     them
 */
public record RegionReport(
        Verdict verdict,
        List<RuleRef> rules,
        List<FieldValues> fields,
        List<Condition> conditions,
        List<String> changes) {
    /**
     * The values of one field.
     *
     * @param field the name of the field, from {@link FieldNames}
     * @param choices the value is in at least one of them
     * @param text the values after the label of the field, shortened if there are many
     */
    public record FieldValues(String field, List<Choice> choices, String text) {
        public FieldValues {
            choices = List.copyOf(choices);
        }
    }

    /**
     * A condition whose operand is known only at run time.
     *
     * @param field the field that is compared or looked up; empty for other kinds
     * @param operator the comparison with a param
     * @param address the address that is looked up in place of a destination "any"
     * @param name the param, live set, rate or table; empty for a classifier
     * @param holds the answer; always true for a comparison with a param
     */
    public record Condition(
            Kind kind,
            Optional<String> field,
            Optional<String> operator,
            Optional<String> address,
            String name,
            boolean holds,
            String text) {}

    /** The kind of a condition. */
    public enum Kind {
        /** A field is compared with a param. */
        PARAM,
        /** A field is in a live set. */
        LIVE_SET,
        /** A token of a rate is available. */
        RATE,
        /** A table has an entry for the request. */
        TABLE,
        /** The rule is the first to match, among rules that the compiler evaluates together. */
        CLASSIFIER
    }

    public RegionReport {
        rules = List.copyOf(rules);
        fields = List.copyOf(fields);
        conditions = List.copyOf(conditions);
        changes = List.copyOf(changes);
    }

    /** Returns the region in the words of the language: `port 80 => redirect …`. */
    public String text() {
        String parts = Stream.concat(
                        fields.stream().map(FieldValues::text),
                        conditions.stream().map(Condition::text))
                .collect(Collectors.joining(", "));
        return (parts.isEmpty() ? "anything" : parts) + (changes.isEmpty() ? "" : " => " + String.join("; ", changes));
    }
}
