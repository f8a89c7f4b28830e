// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * Consecutive switches on small numbers that fit 32 bits together: major and minor number of a
 * device, and block or char as a bit above them. If the exceptions are mostly single devices, one
 * hash covers all of them and no other table is read. A few upper numbers with one target for all
 * lower numbers, such as all terminals, are compared first.
 */
final class JoinedSwitch {
    private static final int UPPER_BITS = 12;
    private static final int LOWER_BITS = 20;
    private static final long LOWER_MAX = (1L << LOWER_BITS) - 1;

    /** With a bit above them, upper numbers have one bit less. */
    private static final long UPPER_MAX = (1L << UPPER_BITS - 1) - 1;

    /** A perfect hash of fewer ways takes more code than comparisons by major number. */
    static final int FEWEST = 32;

    /** The same limit for a direct hash. */
    static final int FEWEST_DIRECT = 10;

    /** The maximum number of upper numbers that are compared first. */
    private static final int MOST_APART = 3;

    private static final int MOST = 400_000;

    /** The instructions that compute the bit. */
    private static final int BIT = 2;

    private static final Numbers.Number NUMBER = Numbers.Number.ofBits(Integer.SIZE);

    private final Optional<Upper> upper;
    private final GroupedSwitch.Shape lower;
    private final Map<Long, BlockId> apart;
    private final boolean alone;
    private final SwitchTargets ways;

    /**
     * The preceding switch: the number that sets the bit, or empty if the bit is the upper one of
     * two; how the next number is read; and the target of numbers that are too large.
     */
    private record Upper(OptionalLong one, GroupedSwitch.Shape shape, BlockId beyond) {}

    /** `alone` says whether the joined switches have no other predecessors. */
    private JoinedSwitch(Optional<Upper> upper, boolean alone, Cases cases) {
        this.upper = upper;
        this.lower = cases.lowers.shape();
        this.apart = cases.apart;
        this.alone = alone;
        this.ways = cases.ways();
    }

    /** The reads of a block before its switch, and the switch. */
    private record InnerSwitch(GroupedSwitch.Shape shape, SwitchTargets ways) {}

    /** Blocks that switch on the same number. */
    private record Alike(GroupedSwitch.Shape shape, Map<BlockId, SwitchTargets> members) {
        SwitchTargets at(BlockId member) {
            SwitchTargets ways = members.get(member);
            if (ways == null) {
                throw new IllegalStateException(member + " switches on another number");
            }
            return ways;
        }
    }

    /**
     * The context of the search for switches that can be joined.
     *
     * @param from the number of predecessors of each block
     */
    private record Search(Map<BlockId, BasicBlock> blocks, Map<BlockId, Integer> from, Numbers numbers) {
        /**
         * Whether the targets have no more predecessors than this; others would need the original
         * switches as well.
         */
        boolean onlyFrom(int ends, Collection<BlockId> targets) {
            return targets.stream().allMatch(target -> from.getOrDefault(target, 0) <= ends);
        }

        /**
         * Returns the targets that switch on one number of at most this many bits; empty if there
         * are none, or several numbers.
         */
        Optional<Alike> commonSwitch(Collection<BlockId> targets, int bits) {
            Map<BlockId, SwitchTargets> found = new LinkedHashMap<>();
            Set<GroupedSwitch.Shape> shapes = new LinkedHashSet<>();
            for (BlockId target : targets) {
                innerSwitch(target, bits).ifPresent(inner -> {
                    shapes.add(inner.shape());
                    found.put(target, inner.ways());
                });
            }
            return shapes.size() == 1
                    ? shapes.stream().findFirst().map(shape -> new Alike(shape, found))
                    : Optional.empty();
        }

        private Optional<InnerSwitch> innerSwitch(BlockId target, int bits) {
            BasicBlock block = blocks.get(target);
            return block != null
                            && block.end() instanceof Terminator.Switch choice
                            && numbers.of(choice.value()).bits() <= bits
                    ? GroupedSwitch.shape(block, choice).map(shape -> new InnerSwitch(shape, SwitchTargets.of(choice)))
                    : Optional.empty();
        }
    }

    /**
     * Returns the form; empty if the numbers are too large, or if the exceptions are not mostly
     * single numbers.
     */
    static Optional<JoinedSwitch> of(
            SwitchTargets ways,
            int bits,
            Map<BlockId, BasicBlock> blocks,
            Map<BlockId, Integer> from,
            Numbers numbers) {
        Search search = new Search(blocks, from, numbers);
        boolean topmost = bits > UPPER_BITS || bits == DeviceKind.BITS;
        Optional<JoinedSwitch> joined = topmost ? three(ways, search) : two(ways, search);
        return joined.filter(JoinedSwitch::isHash);
    }

    private boolean isHash() {
        return ways.size() > FEWEST && TableSwitch.ofHash(ways, NUMBER).isPresent()
                || alone
                        && ways.size() > FEWEST_DIRECT
                        && SlotSwitch.of(ways, NUMBER).isPresent();
    }

    private static Optional<JoinedSwitch> two(SwitchTargets ways, Search search) {
        return search.commonSwitch(ways.targets(), LOWER_BITS).flatMap(lowers -> {
            Cases cases = new Cases(lowers, List.of(ways));
            boolean whole = ways.list().stream().allMatch(way -> cases.add(0, way, ways.max()));
            boolean alone = search.onlyFrom(1, lowers.members().keySet());
            return whole ? Optional.of(new JoinedSwitch(Optional.empty(), alone, cases)) : Optional.empty();
        });
    }

    /**
     * Joins three levels: one number against all others, after both of which the same second number
     * is tested, and then a third.
     */
    private static Optional<JoinedSwitch> three(SwitchTargets ways, Search search) {
        List<BlockId> targets = ways.targets();
        Optional<Alike> uppers = search.commonSwitch(targets, UPPER_BITS);
        if (targets.size() != 2 || uppers.isEmpty() || uppers.get().members().size() != 2) {
            return Optional.empty();
        }
        if (ways.max() == Bits.max(DeviceKind.BITS)) {
            SwitchTargets.Way set = ways.within(DeviceKind.CHAR.number(), DeviceKind.CHAR.number())
                    .at(0);
            SwitchTargets.Way clear = ways.within(DeviceKind.BLOCK.number(), DeviceKind.BLOCK.number())
                    .at(0);
            return three(OptionalLong.empty(), set.target(), clear.target(), uppers.get(), search);
        }
        for (int i = 0; i < 2; i++) {
            BlockId one = targets.get(i);
            List<SwitchTargets.Way> leading =
                    ways.list().stream().filter(way -> way.target().equals(one)).toList();
            if (leading.size() == 1 && leading.get(0).isPoint()) {
                OptionalLong number = OptionalLong.of(leading.get(0).low());
                return three(number, one, targets.get(1 - i), uppers.get(), search);
            }
        }
        return Optional.empty();
    }

    private static Optional<JoinedSwitch> three(
            OptionalLong number, BlockId one, BlockId other, Alike uppers, Search search) {
        SwitchTargets set = uppers.at(one);
        SwitchTargets clear = uppers.at(other);
        Set<BlockId> targets = new LinkedHashSet<>(set.targets());
        targets.addAll(clear.targets());
        Optional<Alike> lowers = search.commonSwitch(targets, LOWER_BITS);
        Optional<BlockId> beyond = beyond(List.of(clear, set));
        if (lowers.isEmpty() || beyond.isEmpty() || lowers.get().members().containsKey(beyond.get())) {
            return Optional.empty();
        }
        Cases cases = new Cases(lowers.get(), List.of(clear, set));
        boolean whole = clear.list().stream().allMatch(way -> cases.add(0, way, UPPER_MAX))
                && set.list().stream().allMatch(way -> cases.add(UPPER_MAX + 1, way, UPPER_MAX));
        Upper upper = new Upper(number, uppers.shape(), beyond.get());
        boolean alone = search.onlyFrom(1, uppers.members().keySet())
                && search.onlyFrom(2, lowers.get().members().keySet());
        return whole ? Optional.of(new JoinedSwitch(Optional.of(upper), alone, cases)) : Optional.empty();
    }

    /** Returns the only target of upper numbers that are too large; empty if there are two. */
    private static Optional<BlockId> beyond(List<SwitchTargets> both) {
        Set<BlockId> targets = new HashSet<>();
        both.forEach(each ->
                each.list().stream().filter(way -> way.high() > UPPER_MAX).forEach(way -> targets.add(way.target())));
        return targets.size() == 1 ? targets.stream().findFirst() : Optional.empty();
    }

    /** The ways of the joined number. */
    private static final class Cases {
        private final Alike lowers;
        private final Optional<BlockId> rest;
        private final Map<Long, BlockId> apart = new LinkedHashMap<>();
        private final List<SwitchTargets.Way> list = new ArrayList<>();

        Cases(Alike lowers, List<SwitchTargets> uppers) {
            this.lowers = lowers;
            this.rest = uppers.stream()
                    .flatMap(ways -> ways.list().stream())
                    .filter(way -> !lowers.members().containsKey(way.target()))
                    .max(Comparator.comparing(way -> way.high() - way.low()))
                    .map(SwitchTargets.Way::target);
        }

        /**
         * Adds the upper numbers of a way, up to `most`, offset by `base`; returns false if there
         * are too many.
         */
        boolean add(long base, SwitchTargets.Way way, long most) {
            long last = Math.min(way.high(), most);
            if (!lowers.members().containsKey(way.target())) {
                if (way.low() <= most) {
                    add(base + last << LOWER_BITS | LOWER_MAX, exception(base, way));
                }
                return true;
            }
            SwitchTargets inner = lowers.at(way.target());
            for (long number = way.low(); number <= last && list.size() < MOST; number++) {
                for (SwitchTargets.Way each : inner.list()) {
                    long high = each.high() == inner.max() ? LOWER_MAX : each.high();
                    add(base + number << LOWER_BITS | high, each.target());
                }
            }
            return list.size() < MOST;
        }

        /**
         * Returns the target here of a way without a lower number. A single number with another
         * target than the rest is compared first.
         */
        private BlockId exception(long base, SwitchTargets.Way way) {
            boolean away = rest.isPresent() && !rest.get().equals(way.target());
            if (!away || !way.isPoint() || apart.size() == MOST_APART) {
                return way.target();
            }
            apart.put(base + way.low(), way.target());
            return rest.get();
        }

        private void add(long high, BlockId target) {
            int last = list.size() - 1;
            boolean more = last >= 0 && list.get(last).target().equals(target);
            long low = list.isEmpty()
                    ? 0
                    : more ? list.get(last).low() : list.get(last).high() + 1;
            SwitchTargets.Way way = new SwitchTargets.Way(low, high, target);
            if (more) {
                list.set(last, way);
            } else {
                list.add(way);
            }
        }

        SwitchTargets ways() {
            return new SwitchTargets(list);
        }
    }

    /** Returns the description for `explain`. */
    String text() {
        return upper.isPresent() ? "three switches as one" : "two switches as one";
    }

    /**
     * Returns the cost of building the key without the reads, of the comparisons before, and of the
     * switch on the key.
     */
    Cost cost() {
        int comparisons = apart.size() + (upper.isPresent() ? 1 : 0);
        int joining = Costs.JOIN_INSTRUCTIONS + (upper.isPresent() ? BIT + Costs.JOIN_INSTRUCTIONS : 0);
        return Cost.straight(joining)
                .plus(new Cost(comparisons, comparisons * Costs.STEADY_NS))
                .plus(SwitchForm.cheapest(ways, NUMBER).cost());
    }

    /** Adds the block that ended in the switch on this value, and the blocks that build the key. */
    void add(Emission emission, BasicBlock origin, Value value) {
        Straight code = new Straight(emission, origin);
        Value high = upper.map(before -> joined(code, before, value)).orElse(value);
        apart.forEach((number, target) -> code.leave(Comparison.EQ, high, number, target));
        Value low = code.read(lower);
        Value key = code.add(new NumberOp.Join(LOWER_BITS), high, low);
        code.end(ways.on(key));
    }

    /** Returns the number of the preceding switch with the bit that it sets. */
    private static Value joined(Straight code, Upper before, Value value) {
        OptionalLong one = before.one();
        Value bit = one.isPresent()
                ? code.add(new NumberOp.Product(List.of(one.getAsLong()), true), value)
                : code.add(NumberOp.Alu.shr(1), value);
        Value number = code.read(before.shape());
        code.leave(Comparison.GT, number, UPPER_MAX, before.beyond());
        return code.add(new NumberOp.Join(UPPER_BITS - 1), bit, number);
    }
}
