// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.StringPattern;

/**
 * A printer of typed policies for people and golden files: names are resolved, every set is printed
 * as its members, every attempt as its requests.
 */
public final class PolicyPrinter implements Guard.Visitor<String> {
    private static final PolicyPrinter GUARDS = new PolicyPrinter();

    private PolicyPrinter() {}

    /** Prints the whole policy, with a final newline. */
    public static String print(Policy policy) {
        List<String> lines = new ArrayList<>();
        lines.add("policy " + policy.name());
        policy.requires().ifPresent(version -> lines.add("requires kernel " + version));
        if (policy.answersOriginal()) {
            lines.add("answer SO_ORIGINAL_DST");
        }
        policy.ringBytes().ifPresent(bytes -> lines.add("log ring " + bytes));
        for (Param param : policy.params()) {
            lines.add("param %s : %s in %d..%d = %d"
                    .formatted(param.name(), param.typeName(), param.min(), param.max(), param.defaultValue()));
        }
        lines.addAll(StatePrinter.lines(policy.state()));
        policy.blocks().forEach(block -> block(lines, block));
        policy.tests().forEach(test -> test(lines, test));
        return String.join("\n", lines) + "\n";
    }

    private static void block(List<String> lines, Block block) {
        lines.add((block.monitored() ? "monitor " : "")
                + block.target().text()
                + block.label().map(label -> " " + label).orElse(""));
        for (Rule rule : block.guardedRules()) {
            String head = rule.verdict().map(verdict -> verdict + " if ").orElse("when ");
            String monitored = rule.monitored() ? "monitor " : "";
            lines.add("  " + monitored + head + print(rule.guard()) + within(rule) + effects(rule));
        }
        block.defaultRule()
                .ifPresent(rule -> lines.add("  default " + rule.verdict().orElseThrow() + effects(rule)));
    }

    private static String within(Rule rule) {
        return rule.within()
                .map(within -> " within " + within.rate().name()
                        + within.otherwise().map(verdict -> " else " + verdict).orElse(""))
                .orElse("");
    }

    private static String effects(Rule rule) {
        return (rule.effects().isEmpty() ? "" : " " + Effect.text(rule.effects()))
                + rule.because().map(reason -> " " + reason).orElse("");
    }

    /** Prints a guard on one line. */
    public static String print(Guard guard) {
        return guard.accept(GUARDS);
    }

    private static void test(List<String> lines, PolicyTest test) {
        lines.add("test \"%s\"".formatted(test.name()));
        for (PolicyTest.Case line : test.cases()) {
            String with = Stream.concat(params(line), content(line.content()))
                    .sorted()
                    .collect(Collectors.joining(", "));
            lines.add("  %s%s%s => %s"
                    .formatted(
                            line.after() == 0 ? "" : "after " + line.after() + " ns ",
                            line.probe().text(),
                            with.isEmpty() ? "" : " with " + with,
                            line.expected()));
            line.probe().requests().forEach(request -> lines.add("    " + RequestPrinter.print(request)));
        }
    }

    private static Stream<String> params(PolicyTest.Case line) {
        return line.params().entrySet().stream().map(entry -> entry.getKey().name() + " = " + entry.getValue());
    }

    private static Stream<String> content(StateContent content) {
        Stream<String> sets = content.liveSets().entrySet().stream()
                .map(entry -> entry.getKey().name() + " = " + StatePrinter.print(entry.getValue()));
        Stream<String> entries = content.tables().entrySet().stream()
                .flatMap(table -> table.getValue().stream()
                        .map(entry -> table.getKey().name() + entry.key() + " = " + entry.destinations()));
        return Stream.concat(sets, entries);
    }

    private static String joined(String word, List<Guard> guards) {
        return guards.stream().map(PolicyPrinter::print).collect(Collectors.joining(" " + word + " ", "(", ")"));
    }

    @Override
    public String constant(Guard.Const guard) {
        return Boolean.toString(guard.value());
    }

    @Override
    public String not(Guard.Not guard) {
        return "not " + print(guard.guard());
    }

    @Override
    public String and(Guard.And guard) {
        return joined("and", guard.guards());
    }

    @Override
    public String or(Guard.Or guard) {
        return joined("or", guard.guards());
    }

    @Override
    public String in(Guard.In guard) {
        String set = guard.field().type() == FieldType.SOCKET_OPTION
                ? guard.set().intervals().stream()
                        .map(PolicyPrinter::options)
                        .collect(Collectors.joining(", ", "{", "}"))
                : guard.set().toString();
        return guard.field().text() + " in " + set;
    }

    /** Prints `LEVEL:NUMBER`, with the last one after `..` if there are several. */
    private static String options(Interval interval) {
        String low = option(interval.low().low());
        return interval.low().equals(interval.high())
                ? low
                : low + ".." + option(interval.high().low());
    }

    private static String option(long both) {
        return (both >>> 32) + ":" + (both & 0xffff_ffffL);
    }

    @Override
    public String addressIn(Guard.AddressIn guard) {
        return guard.field().text() + " in " + print(guard.set());
    }

    /** Prints ranges of addresses, IPv4 before IPv6. */
    static String print(AddressSet set) {
        Stream<String> v4 = set.v4().intervals().stream().map(range -> ends(range, true));
        Stream<String> v6 = set.v6().intervals().stream().map(range -> ends(range, false));
        return Stream.concat(v4, v6).collect(Collectors.joining(", ", "{", "}"));
    }

    private static String ends(Interval range, boolean isV4) {
        String low = new Address(isV4, range.low()).toString();
        return range.low().equals(range.high()) ? low : low + ".." + new Address(isV4, range.high());
    }

    @Override
    public String deviceIn(Guard.DeviceIn guard) {
        return guard.ranges().stream().map(DeviceRange::toString).collect(Collectors.joining(", ", "dev in {", "}"));
    }

    @Override
    public String matches(Guard.Matches guard) {
        return guard.patterns().stream()
                .map(StringPattern::toString)
                .collect(Collectors.joining(", ", guard.field().text() + " in {", "}"));
    }

    @Override
    public String compareParam(Guard.CompareParam guard) {
        return "%s %s %s"
                .formatted(
                        guard.field().text(),
                        guard.comparison().text(),
                        guard.param().name());
    }

    @Override
    public String inLive(Guard.InLive guard) {
        return guard.field().text() + " in " + guard.set().name();
    }
}
