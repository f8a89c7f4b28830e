// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.tables.CuckooHash;
import org.ringwall.compiler.tables.DirectHash;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.PerfectHash;
import org.ringwall.compiler.tables.SearchShape;
import org.ringwall.compiler.tables.SearchTree;

/** A lookup of the number's class in a table, followed by a switch over the classes. */
public final class TableSwitch implements SwitchForm {
    /**
     * Fewer ways are always compared: that takes less code, and no load that may miss a cold cache.
     */
    private static final int FEWEST_WAYS = 10;

    private static final int MOST_HASH_CLASSES = 64;

    /** Numbers of fewer bits use a constant as bit set. */
    private static final int FEWEST_BITS = 7;

    /**
     * The minimum for a bitmap, which is a dozen instructions of straight-line code, and 8 KiB that
     * may have to be fetched.
     */
    private static final int FEWEST_BITMAP_WAYS = 6;

    private final Supplier<LookupTable> table;
    private final String text;
    private final List<BlockId> targets;
    private final Cost cost;

    /** The table is built only if the form is chosen. */
    private TableSwitch(Supplier<LookupTable> table, String text, List<BlockId> targets, Cost cost) {
        this.table = table;
        this.text = text;
        this.targets = targets;
        this.cost = cost;
    }

    /**
     * Returns the form by a search tree; empty for 64-bit numbers, which a subtraction cannot
     * compare.
     */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (ways.size() < FEWEST_WAYS || number.bits() > 63) {
            return Optional.empty();
        }
        List<BlockId> targets = ways.targets();
        int[] classes = ways.classes(targets);
        int keyBytes = number.bits() <= Integer.SIZE ? 4 : 8;
        SearchShape shape = SearchShape.cheapest(ways.size(), keyBytes, SearchTree.classBytes(targets.size()));
        return Optional.of(new TableSwitch(
                () -> SearchTree.of(shape, ways.boundaries(), classes),
                shape.text(),
                targets,
                shape.cost(SearchTree.classBytes(targets.size())).plus(afterwards(targets.size()))));
    }

    /**
     * Returns the form by a perfect hash; empty unless nearly all ways but those of one target are
     * single numbers.
     */
    static Optional<SwitchForm> ofHash(SwitchTargets ways, Numbers.Number number) {
        if (ways.size() < FEWEST_WAYS || number.bits() > Integer.SIZE) {
            return Optional.empty();
        }
        Map<BlockId, Long> widths = new HashMap<>();
        ways.list().forEach(way -> widths.merge(way.target(), way.size(), Long::sum));
        BlockId rest = ways.targets().stream()
                .max(Comparator.comparing(target -> widths.getOrDefault(target, 0L)))
                .orElseThrow();
        long members = widths.values().stream().mapToLong(width -> width).sum() - widths.getOrDefault(rest, 0L);
        List<BlockId> targets = new ArrayList<>(List.of(rest));
        ways.targets().stream().filter(target -> !target.equals(rest)).forEach(targets::add);
        if (members > ways.size() || targets.size() > MOST_HASH_CLASSES || members > PerfectHash.MOST_NUMBERS) {
            return Optional.empty();
        }
        int numbers = (int) members;
        if (targets.size() == 2) {
            return Optional.of(
                    SlotSwitch.perfect(() -> PerfectHash.of(numbered(ways, targets)), numbers, targets.get(1), rest));
        }
        return Optional.of(new TableSwitch(
                () -> PerfectHash.of(numbered(ways, targets)),
                "perfect hash of " + numbers + " numbers",
                targets,
                PerfectHash.cost(numbers, targets.size()).plus(afterwards(targets.size()))));
    }

    /** Returns the numbers that do not have the first target, each with the index of its target. */
    private static SortedMap<Long, Integer> numbered(SwitchTargets ways, List<BlockId> targets) {
        SortedMap<Long, Integer> classOf = new TreeMap<>();
        for (SwitchTargets.Way way : ways.list()) {
            int place = targets.indexOf(way.target());
            for (long member = way.low(); place > 0 && member <= way.high(); member++) {
                classOf.put(member, place);
            }
        }
        return classOf;
    }

    /**
     * Returns the form by a hash of the members of a set of numbers of more than 16 bits; empty if
     * they are few or not nearly all single, or if there are more than two targets.
     */
    static Optional<SwitchForm> ofSet(SwitchTargets ways, Numbers.Number number) {
        List<BlockId> targets = ways.targets();
        boolean wide = number.bits() > Bitmap.MOST_BITS && number.bits() <= Integer.SIZE;
        if (!wide || targets.size() != 2 || ways.size() <= DirectHash.MOST_NUMBERS) {
            return Optional.empty();
        }
        return ofSet(ways, targets.get(1), targets.get(0)).or(() -> ofSet(ways, targets.get(0), targets.get(1)));
    }

    private static Optional<SwitchForm> ofSet(SwitchTargets ways, BlockId member, BlockId rest) {
        long width = ways.list().stream()
                .filter(way -> way.target().equals(member))
                .mapToLong(SwitchTargets.Way::size)
                .sum();
        if (width > ways.size() || width > CuckooHash.MOST_NUMBERS) {
            return Optional.empty();
        }
        int numbers = (int) width;
        return Optional.of(new TableSwitch(
                () -> CuckooHash.of(members(ways, member, numbers)).orElseThrow(),
                "cuckoo hash of " + numbers + " numbers",
                List.of(rest, member),
                CuckooHash.cost(numbers).plus(afterwards(2))));
    }

    private static int[] members(SwitchTargets ways, BlockId member, int numbers) {
        int[] members = new int[numbers];
        int at = 0;
        for (SwitchTargets.Way way : ways.list()) {
            for (long each = way.low(); each <= way.high() && way.target().equals(member); each++) {
                members[at++] = (int) each;
            }
        }
        return members;
    }

    /** Returns the form by a bitmap; empty for wide numbers, and for more than two targets. */
    static Optional<SwitchForm> ofBitmap(SwitchTargets ways, Numbers.Number number) {
        boolean narrow = number.bits() >= FEWEST_BITS && number.bits() <= Bitmap.MOST_BITS;
        List<BlockId> targets = ways.targets();
        if (!narrow || targets.size() != 2 || ways.size() < FEWEST_BITMAP_WAYS) {
            return Optional.empty();
        }
        return Optional.of(new TableSwitch(
                () -> Bitmap.of(ways.highs(), number.bits()),
                "bitmap of " + (1 << number.bits()) + " bits",
                targets,
                Bitmap.cost(number.bits()).plus(afterwards(targets.size()))));
    }

    /**
     * Returns the cost of the switch over the classes; of two classes, the class itself may be the
     * return value.
     */
    static Cost afterwards(int classes) {
        return classes == 2 ? new Cost(2, 0) : CompareTree.cost(classes, 1, Costs.COMPARE_NS);
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return text + ", " + targets.size() + " classes";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        add(emission, origin, value, table.get(), targets);
    }

    /**
     * Adds a lookup in a table whose classes are the indices of these targets, and the switch over
     * them.
     */
    static void add(Emission emission, BasicBlock origin, Value value, LookupTable table, List<BlockId> targets) {
        Emission.Body body = emission.body(origin);
        Value found = body.add(new NumberOp.LookUp(table), value);
        Terminator.Case[] cases = new Terminator.Case[targets.size()];
        long max = Bits.max(LookupTable.bitsOfClasses(targets.size()));
        for (int i = 0; i < cases.length; i++) {
            cases[i] = new Terminator.Case(i + 1 == cases.length ? max : i, targets.get(i));
        }
        body.end(origin.id(), origin.span(), new Terminator.Switch(found, List.of(cases)));
    }
}
