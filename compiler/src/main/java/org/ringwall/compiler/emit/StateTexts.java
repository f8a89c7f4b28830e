// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableText;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** The texts in `.rodata` about an object's maps and the rules that log (docs/abi.md section 1). */
public final class StateTexts {
    private static final Interval EVERY_NUMBER = Interval.of(0, 0xffff_ffffL);

    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Set<String> maps;

    private StateTexts(List<MapDeclaration> maps) {
        this.maps = maps.stream().map(MapDeclaration::symbol).collect(Collectors.toSet());
    }

    /**
     * Returns the texts by the names of their variables: first for the maps, in the order of the
     * policy, then for the rules.
     */
    static Map<String, String> of(Policy policy, List<MapDeclaration> maps) {
        StateTexts texts = new StateTexts(maps);
        policy.state()
                .liveSets()
                .forEach(set -> texts.map(StateNames.live(set.name()), text(set).text()));
        policy.state()
                .tables()
                .forEach(table ->
                        texts.map(StateNames.table(table.name()), text(table).text()));
        policy.state().counters().forEach(counter -> texts.counter(counter));
        policy.state()
                .rates()
                .forEach(rate ->
                        texts.map(StateNames.rate(rate.name()), rate.layout().text()));
        texts.rules(policy.logged());
        return texts.texts;
    }

    private void map(String map, String text) {
        if (maps.contains(map)) {
            texts.put(StateNames.metadata(map), text);
        }
    }

    /** Adds one text per counter, whichever of its maps exist. */
    private void counter(Counter counter) {
        if (counter.layouts().stream().anyMatch(layout -> maps.contains(layout.symbol()))) {
            texts.put(
                    StateNames.metadata(StateNames.counter(counter.name())),
                    counter.layout().text());
        }
    }

    private void rules(List<Rule> logged) {
        if (maps.contains(StateNames.EVENTS)) {
            for (int i = 0; i < logged.size(); i++) {
                texts.put(StateNames.logged(i), text(logged.get(i)).text());
            }
        }
    }

    /** Returns the description of a rule. */
    public static LogText text(Rule rule) {
        SourceFile.Position at = rule.span().position();
        return new LogText(
                ObjectEmitter.baseName(rule.span().file().name()),
                at.line(),
                at.column(),
                rule.span().text().strip(),
                rule.because().map(Reason::text).orElse(""));
    }

    private static LiveText text(LiveSet set) {
        return new LiveText(set.type(), set.max(), set.within().map(StateTexts::elements));
    }

    private static List<String> elements(LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            return elements(nets.set());
        } else if (members instanceof LiveMembers.Devices devices) {
            return devices.ranges().stream().map(StateTexts::element).toList();
        }
        return elements(((LiveMembers.Numbers) members).set());
    }

    private static List<String> elements(IntervalSet set) {
        return set.intervals().stream().map(Interval::toString).toList();
    }

    private static String element(DeviceRange range) {
        return (range.type() == 1 ? "block " : "char ") + numbers(range.majors()) + ":" + numbers(range.minors());
    }

    private static String numbers(Interval numbers) {
        return numbers.equals(EVERY_NUMBER) ? "*" : numbers.toString();
    }

    private static List<String> elements(AddressSet set) {
        return Stream.concat(
                        set.v4().intervals().stream().map(range -> element(range, true)),
                        set.v6().intervals().stream().map(range -> element(range, false)))
                .toList();
    }

    /** Returns one address, a prefix, or both ends. */
    private static String element(Interval range, boolean isV4) {
        Address low = new Address(isV4, range.low());
        int free = freeBits(range);
        if (free == 0) {
            return low.toString();
        }
        return free > 0
                ? low + "/" + ((isV4 ? Integer.SIZE : 2 * Long.SIZE) - free)
                : low + ".." + new Address(isV4, range.high());
    }

    /** Returns the number of host bits if the range is a prefix, else -1. */
    private static int freeBits(Interval range) {
        U128 low = range.low();
        long high = low.high() ^ range.high().high();
        long rest = low.low() ^ range.high().low();
        boolean ones = high == 0 ? isOnes(rest) : rest == -1 && isOnes(high);
        boolean aligned = (low.high() & high) == 0 && (low.low() & rest) == 0;
        return ones && aligned ? Long.bitCount(high) + Long.bitCount(rest) : -1;
    }

    /** Returns whether the ones in the mask are exactly its lowest bits. */
    private static boolean isOnes(long mask) {
        return (mask & mask + 1) == 0;
    }

    private static TableText text(Table table) {
        return new TableText(
                table.key().fields().stream().map(Field::text).toList(),
                table.isV4() ? "v4" : "v6",
                table.max(),
                table.choices(),
                elements(table.within()),
                elements(table.ports()),
                table.otherwise().map(StateTexts::words).orElse("deny"));
    }

    private static String words(Endpoint endpoint) {
        return endpoint.address() + " " + endpoint.port();
    }
}
