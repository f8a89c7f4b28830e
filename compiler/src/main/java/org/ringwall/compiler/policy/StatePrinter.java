// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.value.IntervalSet;

/** A printer of declared state, one line for each declaration. */
final class StatePrinter {
    private StatePrinter() {}

    static List<String> lines(State state) {
        List<String> lines = new java.util.ArrayList<>();
        state.liveSets().forEach(set -> lines.add(print(set)));
        state.tables().forEach(table -> lines.add(print(table)));
        state.counters().forEach(counter -> lines.add(print(counter)));
        state.rates().forEach(rate -> lines.add(print(rate)));
        return lines;
    }

    private static String print(LiveSet set) {
        return "live set " + set.name() + " : " + set.type().word()
                + set.within().map(within -> " within " + print(within)).orElse("") + " max " + set.max();
    }

    /** Prints members in braces. */
    static String print(LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            return PolicyPrinter.print(nets.set());
        } else if (members instanceof LiveMembers.Devices devices) {
            return devices.ranges().stream().map(DeviceRange::toString).collect(Collectors.joining(", ", "{", "}"));
        }
        IntervalSet set = ((LiveMembers.Numbers) members).set();
        return set.toString();
    }

    private static String print(Table table) {
        return "table " + table.name() + print(table.key()) + " within " + PolicyPrinter.print(table.within())
                + " ports "
                + table.ports() + " max " + table.max() + " choices " + table.choices() + " default "
                + table.otherwise().map(Endpoint::toString).orElse("deny");
    }

    private static String print(Counter counter) {
        String columns = counter.columns().stream()
                .map(column -> column.name() + ": " + column.unit().word())
                .collect(Collectors.joining(", ", " { ", " }"));
        return "counter " + counter.name() + print(counter.key()) + columns
                + (counter.key().isEmpty() ? "" : " max " + counter.max()) + (counter.evicts() ? " lru" : "");
    }

    private static String print(Rate rate) {
        return "rate " + rate.name() + print(rate.key()) + " one in "
                + rate.pace().interval() + " ns, burst " + rate.pace().burst()
                + (rate.key().isEmpty() ? "" : " max " + rate.max());
    }

    private static String print(Key key) {
        return key.isEmpty() ? "" : key.fields().stream().map(Field::text).collect(Collectors.joining(", ", " [", "]"));
    }
}
