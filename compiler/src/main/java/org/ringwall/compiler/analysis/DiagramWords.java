// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ringwall.compiler.diagram.DiagramPrinter;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/**
 * The words of the language for the variables and values of a diagram, and the lines of the policy
 * for its rules. An IPv6 address is tested in two halves: a high half is written as the prefix that
 * it selects, a low half as an address in `::/64`.
 */
public final class DiagramWords implements DiagramPrinter.Words {
    private final Policy policy;
    private final Map<Variable, Classifier> strings;
    private final ValuePrinter values;

    /** Creates the words for diagrams of a policy with these classes of strings. */
    public DiagramWords(Policy policy, Map<Variable, Classifier> strings) {
        this.policy = policy;
        this.strings = Map.copyOf(strings);
        this.values = new ValuePrinter(strings, List.of());
    }

    @Override
    public String variable(Variable variable) {
        return switch (variable) {
            case DEV_TYPE -> "device type";
            case WRITE -> "access to the sysctl";
            case IP6_HIGH -> "address, first 64 bits";
            case IP6_LOW -> "address, last 64 bits";
            case LOCAL_IP6_HIGH, PACKET_LOCAL_IP6_HIGH -> "local address, first 64 bits";
            case LOCAL_IP6_LOW, PACKET_LOCAL_IP6_LOW -> "local address, last 64 bits";
            case PACKET_REMOTE_IP6_HIGH -> "remote address, first 64 bits";
            case PACKET_REMOTE_IP6_LOW -> "remote address, last 64 bits";
            default -> {
                String label = ValuePrinter.label(variable).strip();
                yield label.isEmpty() ? variable.name().toLowerCase(Locale.ROOT).replace('_', ' ') : label;
            }
        };
    }

    @Override
    public String range(Variable variable, long low, long high) {
        if (strings.containsKey(variable)) {
            return low == high ? Long.toString(low) : high == variable.max() ? low + " and above" : low + ".." + high;
        }
        return switch (variable) {
            case IP6_HIGH, LOCAL_IP6_HIGH, PACKET_REMOTE_IP6_HIGH, PACKET_LOCAL_IP6_HIGH ->
                AddressWords.interval(new Interval(new U128(low, 0), new U128(high, -1)), false);
            case IP6_LOW, LOCAL_IP6_LOW, PACKET_REMOTE_IP6_LOW, PACKET_LOCAL_IP6_LOW ->
                low == high ? lowHalf(low) : lowHalf(low) + ".." + lowHalf(high);
            case IP4, LOCAL_IP4, PACKET_REMOTE_IP4, PACKET_LOCAL_IP4 ->
                AddressWords.interval(Interval.of(low, high), true);
            case WRITE -> low == 0 ? "reading" : "writing";
            default -> number(variable, low, high);
        };
    }

    private static String lowHalf(long bits) {
        Address address = Address.ofV6(new U128(0, bits));
        return address.isV4() ? "::ffff:" + address : address.toString();
    }

    private String number(Variable variable, long low, long high) {
        if (low == high || high != variable.max()) {
            return values.interval(Interval.of(low, high), variable);
        }
        return ValuePrinter.hasWords(variable) ? "otherwise" : Long.toUnsignedString(low) + " and above";
    }

    @Override
    public String predicate(Predicate predicate) {
        return ConditionReader.text(new DiagramPath.Condition(predicate, true));
    }

    /** Returns `line 7`, or `FILE:7` for a rule of an included file. */
    @Override
    public String rule(RuleRef rule) {
        Span span = rule.in(policy).span();
        int line = span.position().line();
        return span.file().equals(policy.source())
                ? "line " + line
                : span.file().name() + ":" + line;
    }
}
