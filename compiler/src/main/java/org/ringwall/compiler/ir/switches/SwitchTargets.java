// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * The targets of a switch, as intervals that begin at 0. Adjacent intervals have different targets.
 */
public record SwitchTargets(List<Way> list) {
    /** The numbers from `low` to `high`, inclusive, unsigned. */
    record Way(long low, long high, BlockId target) {
        boolean isPoint() {
            return low == high;
        }

        /** Whether the interval is a prefix. */
        boolean isPrefix() {
            long differing = low ^ high;
            return (differing & differing + 1) == 0 && (low & differing) == 0;
        }

        /** Returns the number of low bits outside the prefix. */
        int sharedShift() {
            return Long.bitCount(low ^ high);
        }

        /** Returns the number of numbers, if these have fewer than 64 bits. */
        long size() {
            return high - low + 1;
        }
    }

    public SwitchTargets {
        list = List.copyOf(list);
    }

    public static SwitchTargets of(Terminator.Switch choice) {
        return of(choice.cases());
    }

    static SwitchTargets of(List<Terminator.Case> cases) {
        List<Way> ways = new ArrayList<>();
        long low = 0;
        for (Terminator.Case each : cases) {
            int last = ways.size() - 1;
            if (last >= 0 && ways.get(last).target().equals(each.target())) {
                ways.set(last, new Way(ways.get(last).low(), each.high(), each.target()));
            } else {
                ways.add(new Way(low, each.high(), each.target()));
            }
            low = each.high() + 1;
        }
        return new SwitchTargets(ways);
    }

    int size() {
        return list.size();
    }

    Way at(int index) {
        return list.get(index);
    }

    /** Returns the target of the greatest number. */
    BlockId last() {
        return list.get(list.size() - 1).target();
    }

    /** Returns the greatest number. */
    long max() {
        return list.get(list.size() - 1).high();
    }

    /** Returns the last number of every way but the last. */
    long[] boundaries() {
        long[] boundaries = new long[list.size() - 1];
        for (int i = 0; i < boundaries.length; i++) {
            boundaries[i] = list.get(i).high();
        }
        return boundaries;
    }

    /** Returns the last number of every way. */
    public long[] highs() {
        return list.stream().mapToLong(Way::high).toArray();
    }

    /** Returns all targets, in order of their first numbers. */
    List<BlockId> targets() {
        Set<BlockId> targets = new LinkedHashSet<>();
        list.forEach(way -> targets.add(way.target()));
        return List.copyOf(targets);
    }

    /** Returns the index of each way's target in this list, which must contain them all. */
    int[] classes(List<BlockId> targets) {
        Map<BlockId, Integer> places = new HashMap<>();
        targets.forEach(target -> places.put(target, places.size()));
        return list.stream()
                .mapToInt(way -> places.getOrDefault(way.target(), 0))
                .toArray();
    }

    /** Returns the ways of the numbers from `low` to `high`, each reduced by `low`. */
    public SwitchTargets within(long low, long high) {
        List<Way> inside = new ArrayList<>();
        for (Way way : list) {
            boolean apart = Long.compareUnsigned(way.high(), low) < 0 || Long.compareUnsigned(way.low(), high) > 0;
            if (!apart) {
                long from = Long.compareUnsigned(way.low(), low) < 0 ? low : way.low();
                long to = Long.compareUnsigned(way.high(), high) > 0 ? high : way.high();
                inside.add(new Way(from - low, to - low, way.target()));
            }
        }
        return new SwitchTargets(inside);
    }

    /**
     * Returns the ways of the numbers without their low bits.
     *
     * @param inside maps the ways of the low bits, where the upper ones do not decide, to a target
     */
    SwitchTargets upper(int shift, Function<SwitchTargets, BlockId> inside) {
        CaseList cases = new CaseList();
        long lower = Bits.max(shift);
        int i = 0;
        while (i < list.size()) {
            long upper = list.get(i).high() >>> shift;
            cases.fill(upper, list.get(i).target());
            int first = i;
            while (i < list.size() && list.get(i).high() >>> shift == upper) {
                i++;
            }
            int end = Math.min(i + 1, list.size());
            SwitchTargets part =
                    new SwitchTargets(list.subList(first, end)).within(upper << shift, upper << shift | lower);
            cases.add(upper, part.size() == 1 ? part.at(0).target() : inside.apply(part));
        }
        return of(cases.cases());
    }

    /** Returns the ways with the target of its neighbours for a way that has one or two of them. */
    static List<Way> without(List<Way> ways, int index) {
        Way first = ways.get(Math.max(0, index - 1));
        Way last = ways.get(Math.min(ways.size() - 1, index + 1));
        BlockId target = index == 0 ? last.target() : first.target();
        List<Way> others = new ArrayList<>(ways.subList(0, Math.max(0, index - 1)));
        others.add(new Way(first.low(), last.high(), target));
        others.addAll(ways.subList(Math.min(ways.size(), index + 2), ways.size()));
        return others;
    }

    /** Returns a switch over these ways. */
    Terminator.Switch on(Value value) {
        return new Terminator.Switch(
                value,
                list.stream()
                        .map(way -> new Terminator.Case(way.high(), way.target()))
                        .toList());
    }
}
