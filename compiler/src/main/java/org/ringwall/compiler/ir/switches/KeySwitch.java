// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;
import org.ringwall.compiler.value.Comparison;

/**
 * A search over a composite key: two or three consecutive switches on small numbers become one
 * hash, if nearly all keys have one target, the rest. The second of three numbers is put above the
 * first, and the last one below both. For devices these are kind, major and minor:
 *
 * <pre>
 *   bits  0..19  minor
 *   bits 20..21  1 for a block device, 2 for a character device
 *   bits 22..33  major
 *   bits 36..51  accesses that no listed device allows
 * </pre>
 *
 * <p>All listed keys are less than 2^32, and the hash compares the whole key, so that greater ones
 * have the rest's target. A few upper numbers with one target for all last numbers, such as all
 * terminals, are compared first.
 */
final class KeySwitch {
    private static final int KEY_BITS = 32;

    private static final int MOST_UPPER_BITS = 12;
    private static final int MOST_LAST_BITS = 20;

    /** A perfect hash of fewer ways takes more code than separate switches. */
    private static final int FEWEST = 32;

    /** The same limit for a direct hash. */
    private static final int FEWEST_DIRECT = 10;

    /** The maximum number of upper numbers that are compared first. */
    private static final int MOST_APART = 3;

    private static final int MOST_KEYS = 400_000;

    /** A hash has at most as many keys as ways; this many more are listed before it is refused. */
    private static final int MORE_THAN_WAYS = 1_024;

    private final Optional<DeviceAccess> access;
    private final int firstBits;
    private final List<Level> levels;
    private final Keys keys;
    private final SwitchForm form;

    private KeySwitch(Start start, List<Level> levels, Keys keys, SwitchForm form) {
        this.access = start.access();
        this.firstBits = start.bits();
        this.levels = levels;
        this.keys = keys;
        this.form = form;
    }

    /** The first number: its bits, its ways, and the access tested before a device's kind. */
    private record Start(Optional<DeviceAccess> access, int bits, SwitchTargets ways) {}

    /** The switches on one of the numbers that follow. */
    private record Level(GroupedSwitch.Shape shape, int bits, Map<BlockId, SwitchTargets> members) {
        Set<BlockId> targets() {
            Set<BlockId> targets = new LinkedHashSet<>();
            members.values().forEach(ways -> targets.addAll(ways.targets()));
            return targets;
        }
    }

    /**
     * The context of the search: the blocks of a routine, the number of predecessors of each, and
     * the facts about its numbers.
     */
    record Code(Map<BlockId, BasicBlock> blocks, Map<BlockId, Integer> from, Numbers numbers) {
        private Optional<Terminator.Switch> choice(BlockId target) {
            BasicBlock block = blocks.get(target);
            return block != null && block.end() instanceof Terminator.Switch choice
                    ? Optional.of(choice)
                    : Optional.empty();
        }

        private Optional<GroupedSwitch.Shape> shape(BlockId target, Terminator.Switch choice) {
            return Optional.ofNullable(blocks.get(target)).flatMap(block -> GroupedSwitch.shape(block, choice));
        }

        /** Whether the block computes nothing but parts of the word and reads of fields. */
        private boolean isOfWord(BlockId target) {
            BasicBlock block = blocks.get(target);
            return block != null && block.instructions().stream().allMatch(KeySwitch::isOfWord);
        }

        /**
         * Whether the targets have no more predecessors than this; others would need the original
         * switches as well.
         */
        private boolean onlyFrom(int ends, Collection<BlockId> targets) {
            return targets.stream().allMatch(target -> from.getOrDefault(target, 0) <= ends);
        }

        /**
         * Returns the targets that switch on one number of at most this many bits; empty if there
         * are none, or several numbers.
         */
        private Optional<Level> level(Collection<BlockId> targets, int most) {
            Map<GroupedSwitch.Shape, Level> found = new LinkedHashMap<>();
            for (BlockId target : targets) {
                Optional<Terminator.Switch> choice = choice(target);
                int bits = choice.map(each -> numbers.of(each.value()).bits()).orElse(Long.SIZE);
                if (bits <= most) {
                    shape(target, choice.get())
                            .ifPresent(shape -> found.computeIfAbsent(
                                            shape, each -> new Level(each, bits, new LinkedHashMap<>()))
                                    .members()
                                    .put(target, SwitchTargets.of(choice.get())));
                }
            }
            return found.size() == 1 ? found.values().stream().findFirst() : Optional.empty();
        }

        /** Returns the switches on the numbers after the first; empty if there are fewer. */
        private Optional<List<Level>> levels(SwitchTargets first, int count) {
            List<Level> levels = new ArrayList<>();
            Collection<BlockId> targets = first.targets();
            while (levels.size() < count) {
                int most = levels.size() + 1 == count ? MOST_LAST_BITS : MOST_UPPER_BITS;
                Optional<Level> level = level(targets, most);
                if (level.isEmpty()) {
                    return Optional.empty();
                }
                levels.add(level.get());
                targets = level.get().targets();
            }
            return Optional.of(levels);
        }

        /** Whether only the switches before them lead to the switches of all levels. */
        private boolean areAlone(List<Level> levels) {
            int before = 1;
            for (Level level : levels) {
                if (!onlyFrom(before, level.members().keySet())) {
                    return false;
                }
                before = level.members().size();
            }
            return true;
        }
    }

    /** The keys that do not have the rest's target. */
    private static final class Keys {
        private final int firstBits;
        private final List<Level> levels;
        private final BlockId rest;
        private final Map<Long, BlockId> apart = new LinkedHashMap<>();
        private final SortedMap<Long, BlockId> single = new TreeMap<>();

        /** The ranges of last numbers that were listed. */
        private int ranges;

        Keys(Start start, List<Level> levels) {
            this.firstBits = start.bits();
            this.levels = levels;
            this.rest = start.access().map(DeviceAccess::rest).orElseGet(() -> greatest(start.ways(), levels));
        }

        /** Returns the target of the greatest numbers. */
        private static BlockId greatest(SwitchTargets first, List<Level> levels) {
            SwitchTargets ways = first;
            for (Level level : levels) {
                ways = level.members().getOrDefault(ways.last(), ways);
            }
            return ways.last();
        }

        /**
         * Adds the keys with these numbers at a level and with the upper ones of this key; returns
         * false if there are too many, or others than single keys and a few whole upper numbers.
         */
        boolean addAll(SwitchTargets ways, int level, long upper) {
            for (SwitchTargets.Way way : ways.list()) {
                boolean listed = !way.target().equals(rest);
                if (listed && !addAll(way, level, upper)) {
                    return false;
                }
            }
            return single.size() <= most() && apart.size() <= MOST_APART;
        }

        private boolean addAll(SwitchTargets.Way way, int level, long upper) {
            boolean last = level == levels.size();
            SwitchTargets inner = last ? null : levels.get(level).members().get(way.target());
            if (inner == null && !last && (level + 1 < levels.size() || !way.isPoint())) {
                return false;
            }
            ranges += last ? 1 : 0;
            boolean few = way.high() - way.low() <= most();
            for (long number = way.low(); few && number <= way.high(); number++) {
                long key = key(level, upper, number);
                if (last) {
                    single.put(key, way.target());
                    few = key >>> KEY_BITS == 0;
                } else if (inner == null) {
                    apart.put(key, way.target());
                } else {
                    few = addAll(inner, level + 1, key);
                }
            }
            return few;
        }

        /** Returns the number of keys from which on the ranges so far are too long for a hash. */
        private long most() {
            return Math.min(MOST_KEYS, 2L * ranges + MORE_THAN_WAYS);
        }

        private long key(int level, long upper, long number) {
            if (level == 0) {
                return number;
            }
            return level == levels.size()
                    ? upper << levels.get(level - 1).bits() | number
                    : number << firstBits | upper;
        }

        SwitchTargets ways() {
            CaseList cases = new CaseList();
            single.forEach((key, target) -> cases.fill(key, rest).add(key, target));
            return SwitchTargets.of(cases.fill(1L << KEY_BITS, rest).cases());
        }
    }

    /**
     * Returns the search, in place of a switch on this value; empty if other values are tested
     * after it, or if no hash suits the keys.
     */
    static Optional<KeySwitch> of(SwitchTargets ways, Value value, Code code) {
        return start(ways, value, code)
                .flatMap(start -> Stream.of(2, 1)
                        .flatMap(count -> code.levels(start.ways(), count).stream())
                        .flatMap(levels -> of(start, levels, code.areAlone(levels)).stream())
                        .findFirst());
    }

    private static Optional<Start> start(SwitchTargets ways, Value value, Code code) {
        Optional<Value> word = code.numbers().accessWord(value);
        if (word.isPresent()) {
            return DeviceAccess.of(word.get(), ways)
                    .flatMap(access -> code.choice(access.listed())
                            .filter(kind -> code.numbers().isKind(kind.value())
                                    && code.onlyFrom(1, List.of(access.listed()))
                                    && code.isOfWord(access.listed()))
                            .map(kind ->
                                    new Start(Optional.of(access), DeviceKind.BITS, kinds(SwitchTargets.of(kind)))));
        }
        int bits = code.numbers().of(value).bits();
        return bits > MOST_UPPER_BITS
                ? Optional.empty()
                : Optional.of(new Start(Optional.empty(), bits, code.numbers().isKind(value) ? kinds(ways) : ways));
    }

    /** Returns the ways of the kinds that devices have. */
    private static SwitchTargets kinds(SwitchTargets ways) {
        return new SwitchTargets(Arrays.stream(DeviceKind.values())
                .map(kind -> new SwitchTargets.Way(
                        kind.number(),
                        kind.number(),
                        ways.within(kind.number(), kind.number()).last()))
                .toList());
    }

    private static boolean isOfWord(Instruction instruction) {
        return instruction.op() instanceof NumberOp.Alu
                || instruction.op() instanceof Op.Load load && load.field().isPresent();
    }

    private static Optional<KeySwitch> of(Start start, List<Level> levels, boolean alone) {
        Keys keys = new Keys(start, levels);
        if (start.access().isPresent() && !alone || !keys.addAll(start.ways(), 0, 0)) {
            return Optional.empty();
        }
        SwitchTargets ways = keys.ways();
        Numbers.Number number = Numbers.Number.ofBits(KEY_BITS);
        Optional<SwitchForm> direct =
                alone && ways.size() > FEWEST_DIRECT ? SlotSwitch.of(ways, number) : Optional.empty();
        return direct.or(() -> ways.size() > FEWEST ? TableSwitch.ofHash(ways, number) : Optional.empty())
                .map(form -> new KeySwitch(start, levels, keys, form));
    }

    /** Whether the key is made from the word of which the value is a part. */
    boolean readsWord() {
        return access.isPresent();
    }

    /** Returns the description for `explain`. */
    String text() {
        int switches = 1 + levels.size() + (access.isPresent() ? 1 : 0);
        return switches + " switches as one; " + form.text();
    }

    /**
     * Returns the cost of building the key without the reads, of the comparisons before, and of the
     * hash.
     */
    Cost cost() {
        int comparisons =
                keys.apart.size() + (access.flatMap(DeviceAccess::early).isPresent() ? 1 : 0);
        int masked = access.isPresent() ? 2 : 0;
        return Cost.straight(masked + levels.size() * Costs.JOIN_INSTRUCTIONS)
                .plus(new Cost(comparisons, comparisons * Costs.STEADY_NS))
                .plus(form.cost());
    }

    /** Adds the block that ended in the switch on this value, and the blocks that build the key. */
    void add(Emission emission, BasicBlock origin, Value value) {
        Straight code = new Straight(emission, origin);
        Value upper = access.map(before -> before.add(code)).orElse(value);
        for (Level level : levels.subList(0, levels.size() - 1)) {
            upper = code.add(new NumberOp.Join(firstBits), code.read(level.shape()), upper);
        }
        for (Map.Entry<Long, BlockId> each : keys.apart.entrySet()) {
            code.leave(Comparison.EQ, upper, each.getKey(), each.getValue());
        }
        Level last = levels.get(levels.size() - 1);
        Value key = code.add(new NumberOp.Join(last.bits()), upper, code.read(last.shape()));
        code.end(form, key);
    }
}
