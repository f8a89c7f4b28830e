package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks up the class of the number in a table, and switches over classes. */
final class TableSwitch implements SwitchForm {
    /** Fewer ways are compared in any case: that is less code, and nothing to fetch when the caches are cold. */
    private static final int FEWEST_WAYS = 10;

    /** Below, a constant holds all bits. */
    private static final int FEWEST_BITS = 7;

    /** A bitmap is straight code of a dozen instructions, and 8 KiB that may have to be fetched. */
    private static final int FEWEST_BITMAP_WAYS = 6;

    private final LookupTable table;
    private final List<BlockId> targets;
    private final Cost cost;

    private TableSwitch(LookupTable table, List<BlockId> targets, Cost cost) {
        this.table = table;
        this.targets = targets;
        this.cost = cost;
    }

    /** By a search tree; empty for numbers whose top bit matters, which no subtraction compares. */
    static Optional<SwitchForm> of(Ways ways, Numbers.Number number) {
        if (ways.size() < FEWEST_WAYS || number.bits() > 63) {
            return Optional.empty();
        }
        List<BlockId> targets = ways.targets();
        Map<BlockId, Integer> numbers = new HashMap<>();
        targets.forEach(target -> numbers.put(target, numbers.size()));
        int[] classes = ways.list().stream()
                .mapToInt(way -> numbers.getOrDefault(way.target(), 0))
                .toArray();
        SearchTree tree = SearchTree.of(ways.boundaries(), classes, number.bits() <= Integer.SIZE ? 4 : 8);
        return Optional.of(new TableSwitch(tree, targets, tree.cost().plus(afterwards(targets.size()))));
    }

    /** By a bitmap; empty for wide numbers, and where there are more than two places to go to. */
    static Optional<SwitchForm> ofBitmap(Ways ways, Numbers.Number number) {
        boolean narrow = number.bits() >= FEWEST_BITS && number.bits() <= Bitmap.MOST_BITS;
        List<BlockId> targets = ways.targets();
        if (!narrow || targets.size() != 2 || ways.size() < FEWEST_BITMAP_WAYS) {
            return Optional.empty();
        }
        Bitmap bitmap = new Bitmap(ways, number.bits());
        return Optional.of(new TableSwitch(bitmap, targets, bitmap.cost().plus(afterwards(targets.size()))));
    }

    /** The switch over so many classes; between two of them the value itself may be the answer. */
    private static Cost afterwards(int classes) {
        return classes == 2 ? new Cost(2, 0) : CompareTree.cost(classes, 1, Costs.COMPARE_NS);
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        return table.describe() + ", " + targets.size() + " classes";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body body = emission.body(origin);
        Value found = body.add(result -> new Instruction.LookUp(result, value, table));
        Terminator.Case[] cases = new Terminator.Case[targets.size()];
        long max = Bits.max(Integer.SIZE - Integer.numberOfLeadingZeros(targets.size() - 1));
        for (int i = 0; i < cases.length; i++) {
            cases[i] = new Terminator.Case(i + 1 == cases.length ? max : i, targets.get(i));
        }
        body.end(origin.id(), origin.span(), new Terminator.Switch(found, List.of(cases)));
    }
}
