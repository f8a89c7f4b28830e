// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * Requests at one hook with the same verdict by the same rules: every field has one of the values
 * listed for it, and every condition its answer. A field that is not listed has any value.
 *
 * @param verdict the verdict as policies write it, such as {@code allow} or {@code deny EPERM}
 * @param rules the rules that decide: the one that denies, or those that allow, with the rules
 *     without a verdict that change the request. Empty if no rule decides
 * @param fields the values of fields; each field at most once
 * @param conditions what depends on params, live sets, rates and tables
 * @param changes the destinations and values that replace those of the request, such as
 *     {@code redirect 127.0.0.1:3128}
 * @param text all of this but verdict and rules in one line, for people; long lists are shortened
 */
public record Region(
        String verdict,
        List<RuleText> rules,
        List<FieldValues> fields,
        List<Condition> conditions,
        List<String> changes,
        String text) {
    /** Creates a region. */
    public Region {
        rules = List.copyOf(rules);
        fields = List.copyOf(fields);
        conditions = List.copyOf(conditions);
        changes = List.copyOf(changes);
    }

    /**
     * The values of one field.
     *
     * @param field the name of the field in policies, such as {@code remote.ip}. What policies test
     *     by several fields has a name of its own: {@code access} of a device or sysctl,
     *     {@code event} and {@code fullsock} at sock_ops, {@code headers} and {@code tcp.flags} of
     *     a packet, {@code stamped}, and {@code optval.byte} for an option shorter than 4 bytes
     * @param anyOf the value is in at least one of these
     */
    public record FieldValues(String field, List<Values> anyOf) {
        /** Creates values of a field. */
        public FieldValues {
            anyOf = List.copyOf(anyOf);
        }
    }

    /**
     * Values of one field: what the lists contain together, without {@code except}. Lists that do
     * not fit the type of the field are empty. An IPv4 prefix contains the IPv4 addresses, at hooks
     * of IPv6 sockets as IPv4-mapped ones, and an IPv6 prefix contains no IPv4-mapped address.
     *
     * @param negated whether the values are all others
     * @param within the prefix, such as {@code 0.0.0.0/0}, to which a negation is limited
     * @param sets the names of sets of the policy that contain the values
     * @param prefixes addresses, as {@code ADDRESS/LENGTH}
     * @param ranges unsigned numbers in ascending order
     * @param words values that have a name in policies, such as {@code tcp}, or one of
     *     {@code false}, {@code true} and {@code unknown}
     * @param strings strings by the patterns of the policy that they match
     * @param except single addresses, as {@code ADDRESS/LENGTH}
     * @param halves IPv6 addresses by ranges of their halves
     */
    public record Values(
            boolean negated,
            Optional<String> within,
            List<String> sets,
            List<String> prefixes,
            List<Range> ranges,
            List<String> words,
            List<Strings> strings,
            List<String> except,
            Optional<Halves> halves) {
        /** Creates values. */
        public Values {
            sets = List.copyOf(sets);
            prefixes = List.copyOf(prefixes);
            ranges = List.copyOf(ranges);
            words = List.copyOf(words);
            strings = List.copyOf(strings);
            except = List.copyOf(except);
        }
    }

    /**
     * Unsigned numbers.
     *
     * @param from the smallest, from 0
     * @param to the largest, inclusive, up to 2^64−1
     */
    public record Range(BigInteger from, BigInteger to) {}

    /**
     * The strings that match these patterns and no other pattern of the policy.
     *
     * @param absent whether there is no string
     * @param matches the patterns as policies write them, such as {@code prefix "net/"}
     * @param unknown patterns that the known part of a string does not decide
     */
    public record Strings(boolean absent, List<String> matches, List<String> unknown) {
        /** Creates a class of strings. */
        public Strings {
            matches = List.copyOf(matches);
            unknown = List.copyOf(unknown);
        }
    }

    /**
     * IPv6 addresses by their halves.
     *
     * @param first the numbers in the first 64 bits, in host order
     * @param last the numbers in the last 64 bits, in host order
     */
    public record Halves(Range first, Range last) {}

    /**
     * A condition whose operand is known only when the request is made.
     *
     * @param kind the kind of the operand
     * @param field the field that is compared or looked up
     * @param operator the comparison with a param, such as {@code ==}
     * @param address the address that is looked up in place of the one of the request, which is
     *     {@code 0.0.0.0} or {@code ::}
     * @param name the name of the param, live set, rate or table; empty for a classifier
     * @param holds whether the condition holds; true for every comparison with a param
     * @param text the condition in words, for people
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
        /** The field is compared with a param. */
        PARAM,
        /** The field is a member of a live set. */
        LIVE_SET,
        /** A token of a rate is available. */
        RATE,
        /** A table has an entry for the request. */
        TABLE,
        /**
         * A rule is the first to match, among many that the compiler evaluates together. The report
         * does not list the values that match.
         */
        CLASSIFIER,
        /** The string matches a glob, or its known part does not exclude that it does. */
        GLOB
    }
}
