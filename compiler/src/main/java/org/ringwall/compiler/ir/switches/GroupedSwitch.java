// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
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
import org.ringwall.compiler.tables.IndexTable;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.SearchShape;
import org.ringwall.compiler.tables.SearchTree;
import org.ringwall.compiler.value.Comparison;

/**
 * A composite key for a switch whose targets mostly switch on the same second number. A table maps
 * the first number to a class, which becomes the upper half of a key over which all second switches
 * are one. This covers the halves of IPv6 addresses, devices by major and minor number, and ports
 * of single hosts: instead of a switch for each there is one table.
 *
 * <p>A second number of 64 bits is split into 32-bit halves, which are grouped in the same way.
 */
public final class GroupedSwitch {
    /** The minimum number of members; the code of separate switches grows with their number. */
    private static final int FEWEST = 8;

    private static final int HALF = 32;

    /** The bits of a minor number, more than those of a port. */
    private static final int SHORT = 20;

    private static final long SHORT_MAX = (1L << SHORT) - 1;
    private static final long LOW = 0xffff_ffffL;

    private final SwitchTargets ways;
    private final Shape shape;
    private final List<BlockId> members;
    private final List<BlockId> others;
    private final Map<BlockId, BasicBlock> blocks;

    /** The reads of a block before its switch, with normalised value names. */
    record Shape(List<Instruction> instructions, Value number) {
        /** Adds the reads to the body and returns the switched value. */
        Value readIn(Emission.Body body) {
            Map<Value, Value> fresh = new HashMap<>();
            for (Instruction instruction : instructions) {
                fresh.put(
                        instruction.result(),
                        body.add(
                                instruction.op(),
                                instruction.operands().stream()
                                        .map(old -> fresh.getOrDefault(old, old))
                                        .toList()));
            }
            return fresh.getOrDefault(number, number);
        }
    }

    private GroupedSwitch(
            SwitchTargets ways,
            Shape shape,
            List<BlockId> members,
            List<BlockId> others,
            Map<BlockId, BasicBlock> blocks) {
        this.ways = ways;
        this.shape = shape;
        this.members = members;
        this.others = others;
        this.blocks = blocks;
    }

    /** Returns the grouped switch; empty if too few targets read the same number. */
    static Optional<GroupedSwitch> of(SwitchTargets ways, Map<BlockId, BasicBlock> blocks) {
        List<BlockId> targets = ways.targets();
        if (targets.size() < FEWEST) {
            return Optional.empty();
        }
        Map<Shape, List<BlockId>> alike = new LinkedHashMap<>();
        for (BlockId target : targets) {
            BasicBlock block = blocks.get(target);
            if (block != null && block.end() instanceof Terminator.Switch choice) {
                shape(block, choice)
                        .ifPresent(found -> alike.computeIfAbsent(found, s -> new ArrayList<>())
                                .add(target));
            }
        }
        return alike.entrySet().stream()
                .max(Comparator.comparing(entry -> entry.getValue().size()))
                .filter(entry -> entry.getValue().size() >= FEWEST)
                .map(entry -> {
                    List<BlockId> others = new ArrayList<>(targets);
                    others.removeAll(new HashSet<>(entry.getValue()));
                    return new GroupedSwitch(ways, entry.getKey(), entry.getValue(), others, blocks);
                });
    }

    static Optional<Shape> shape(BasicBlock block, Terminator.Switch choice) {
        Map<Value, Value> local = new HashMap<>();
        List<Instruction> instructions = new ArrayList<>();
        for (Instruction instruction : block.instructions()) {
            boolean pure = instruction.op() instanceof Op.Load load
                            && (load.field().isPresent() || load.reads(Op.Space.Memory.PACKET))
                    || instruction.op() instanceof NumberOp.Alu
                    || instruction.op() instanceof NumberOp.Join;
            if (!pure) {
                return Optional.empty();
            }
            local.put(instruction.result(), new Value(Integer.MAX_VALUE - local.size()));
            instructions.add(instruction.rename(value -> local.getOrDefault(value, value)));
        }
        Value number = local.get(choice.value());
        return number == null ? Optional.empty() : Optional.of(new Shape(instructions, number));
    }

    /**
     * The result of an expansion.
     *
     * @param cost the cost of both searches, without those of the lower blocks
     * @param lower the blocks that switch on lower halves
     */
    record Made(Cost cost, List<BasicBlock> lower) {}

    private Cost firstCost(int bits) {
        int classBytes = SearchTree.classBytes(classes());
        return indexed(bits)
                ? IndexTable.cost().plus(bits > IndexTable.BITS ? new Cost(1, Costs.STEADY_NS) : new Cost(0, 0))
                : SearchShape.cheapest(ways.size(), keyBytes(bits), classBytes).cost(classBytes);
    }

    private int classes() {
        return members.size() + others.size();
    }

    /** Returns the description for `explain`. */
    String text(int bits) {
        return (indexed(bits) ? "index table, then " : "search tree, then ") + members.size() + " switches as one";
    }

    /**
     * Adds the block that ended in the switch on this value, and the one that continues for all
     * members.
     */
    Made add(Emission emission, BasicBlock origin, Value value, int bits) {
        List<BasicBlock> lower = addBoth(emission, origin, value, bits);
        BasicBlock second = emission.blocks().get(emission.blocks().size() - 1);
        SwitchTargets joined = SwitchTargets.of((Terminator.Switch) second.end());
        int width = Long.SIZE - Long.numberOfLeadingZeros(joined.max());
        Cost cost = firstCost(bits)
                .plus(Cost.straight(Costs.JOIN_INSTRUCTIONS))
                .plus(others.isEmpty() ? new Cost(0, 0) : new Cost(1, Costs.STEADY_NS))
                .plus(SwitchForm.cheapest(joined, Numbers.Number.ofBits(width)).cost());
        return new Made(cost, lower);
    }

    /** Adds the blocks of both searches; returns those that switch on lower halves. */
    private List<BasicBlock> addBoth(Emission emission, BasicBlock origin, Value value, int bits) {
        List<BlockId> numbered = new ArrayList<>(members);
        numbered.addAll(others);
        int[] classOfWay = ways.classes(numbered);
        boolean indexed = indexed(bits);
        Emission.Body first = emission.body(origin);
        BlockId start = origin.id();
        if (indexed && bits > IndexTable.BITS) {
            BlockId inside = emission.name();
            Terminator.Right end = new Terminator.Right.OfNumber(IndexTable.MOST);
            BlockId beyond = ways.at(ways.size() - 1).target();
            first.end(start, origin.span(), new Terminator.Branch(Comparison.GT, Width.DW, value, end, beyond, inside));
            first = emission.body();
            start = inside;
        }
        LookupTable table = indexed ? new IndexTable(ways.highs(), classOfWay) : searchTree(classOfWay, bits);
        Value found = first.add(new NumberOp.LookUp(table), value);
        if (others.isEmpty()) {
            return second(emission, origin, start, first, found);
        }
        BlockId on = emission.name();
        BlockId other = others.size() == 1 ? others.get(0) : emission.name();
        Terminator.Right last = new Terminator.Right.OfNumber(members.size() - 1L);
        first.end(start, origin.span(), new Terminator.Branch(Comparison.GT, Width.DW, found, last, other, on));
        if (others.size() > 1) {
            rest(emission, origin, other, found);
        }
        return second(emission, origin, on, emission.body(), found);
    }

    /**
     * Whether small numbers, such as majors, can index a table. Greater numbers must form one way,
     * to a target that is not a member.
     */
    private boolean indexed(int bits) {
        BlockId beyond = ways.at(ways.size() - 1).target();
        long last = ways.at(ways.size() - 2).high();
        return bits <= IndexTable.BITS || bits <= Integer.SIZE && last < IndexTable.MOST && others.contains(beyond);
    }

    private static int keyBytes(int bits) {
        return bits <= Integer.SIZE ? Integer.BYTES : Long.BYTES;
    }

    private LookupTable searchTree(int[] classOfWay, int bits) {
        SearchShape search = SearchShape.cheapest(ways.size(), keyBytes(bits), SearchTree.classBytes(classes()));
        return SearchTree.of(search, ways.boundaries(), classOfWay);
    }

    private void rest(Emission emission, BasicBlock origin, BlockId id, Value found) {
        List<Terminator.Case> cases = new ArrayList<>();
        long max = Bits.max(LookupTable.bitsOfClasses(classes()));
        for (int i = 0; i < others.size(); i++) {
            long high = i + 1 == others.size() ? max : members.size() + i;
            cases.add(new Terminator.Case(high, others.get(i)));
        }
        emission.body().end(id, origin.span(), new Terminator.Switch(found, cases));
    }

    private List<BasicBlock> second(Emission emission, BasicBlock origin, BlockId id, Emission.Body body, Value found) {
        Value number = shape.readIn(body);
        List<SwitchTargets> inner = members.stream()
                .map(member ->
                        SwitchTargets.of((Terminator.Switch) block(member).end()))
                .toList();
        boolean wide = inner.stream().anyMatch(ways -> Long.compareUnsigned(ways.max(), LOW) > 0);
        int countBits = LookupTable.bitsOfClasses(classes());
        if (!wide && countBits + SHORT <= Integer.SIZE && isShort(inner)) {
            join(emission, origin, id, body, new Halves(emission, origin, number, SHORT), inner, found, countBits);
            return List.of();
        }
        Halves halves = new Halves(emission, origin, number, HALF);
        Value lower = wide ? body.add(NumberOp.Alu.shr(HALF), number) : number;
        Value key = body.add(new NumberOp.Join(HALF), found, lower);
        for (int i = 0; i < members.size(); i++) {
            if (wide) {
                halves.split(i, inner.get(i));
            } else {
                inner.get(i).list().forEach(halves.adder(i));
            }
            halves.fill(i);
        }
        body.end(id, origin.span(), halves.on(key, Bits.max(HALF + countBits)));
        return halves.lower;
    }

    /**
     * Whether 20-bit numbers suffice to distinguish everything, and all greater ones have the same
     * target.
     */
    private static boolean isShort(List<SwitchTargets> inner) {
        SwitchTargets first = inner.get(0);
        BlockId beyond = first.at(first.size() - 1).target();
        return inner.stream().allMatch(ways -> {
            boolean fits = ways.max() <= SHORT_MAX;
            boolean alike = ways.at(ways.size() - 1).target().equals(beyond);
            return ways.max() == first.max()
                    && (fits || alike && ways.at(ways.size() - 2).high() < SHORT_MAX);
        });
    }

    /**
     * Joins the 20-bit number and the member's number to a 32-bit key, which a perfect hash
     * accepts.
     */
    private static void join(
            Emission emission,
            BasicBlock origin,
            BlockId id,
            Emission.Body body,
            Halves halves,
            List<SwitchTargets> inner,
            Value found,
            int countBits) {
        BlockId at = id;
        Emission.Body joined = body;
        SwitchTargets first = inner.get(0);
        if (first.max() > SHORT_MAX) {
            at = emission.name();
            Terminator.Right end = new Terminator.Right.OfNumber(SHORT_MAX);
            BlockId beyond = first.at(first.size() - 1).target();
            body.end(id, origin.span(), new Terminator.Branch(Comparison.GT, Width.DW, halves.number, end, beyond, at));
            joined = emission.body();
        }
        Value key = joined.add(new NumberOp.Join(SHORT), found, halves.number);
        for (int i = 0; i < inner.size(); i++) {
            inner.get(i).list().forEach(halves.adder(i));
            halves.fill(i);
        }
        joined.end(at, origin.span(), halves.on(key, Bits.max(SHORT + countBits)));
    }

    private BasicBlock block(BlockId id) {
        BasicBlock block = blocks.get(id);
        if (block == null) {
            throw new IllegalStateException("no block " + id);
        }
        return block;
    }

    /** The cases of all members together. */
    private static final class Halves {
        private final Emission emission;
        private final BasicBlock origin;
        private final Value number;
        private final int bits;
        private final CaseList cases = new CaseList();
        private final Map<SwitchTargets, BlockId> known = new HashMap<>();
        private final List<BasicBlock> lower = new ArrayList<>();

        Halves(Emission emission, BasicBlock origin, Value number, int bits) {
            this.emission = emission;
            this.origin = origin;
            this.number = number;
            this.bits = bits;
        }

        Consumer<SwitchTargets.Way> adder(int member) {
            long most = (1L << bits) - 1;
            return way -> {
                if (way.low() <= most) {
                    cases.add((long) member << bits | Math.min(way.high(), most), way.target());
                }
            };
        }

        /**
         * Adds a case where the upper half decides, and elsewhere a block that switches on the
         * lower half.
         */
        void split(int member, SwitchTargets ways) {
            long base = (long) member << HALF;
            ways.upper(HALF, this::inside).list().forEach(way -> cases.add(base | way.high(), way.target()));
        }

        private BlockId inside(SwitchTargets ways) {
            return known.computeIfAbsent(ways, w -> {
                BlockId id = emission.name();
                Emission apart = emission.branch();
                Emission.Body body = apart.body();
                Value low = body.add(NumberOp.Alu.low(HALF), number);
                body.end(id, origin.span(), ways.on(low));
                lower.addAll(apart.blocks());
                return id;
            });
        }

        /** Extends the member's last way to all 32 bits of the key. */
        void fill(int member) {
            cases.widen((long) member << bits | (1L << bits) - 1);
        }

        Terminator on(Value key, long max) {
            return cases.widen(max).on(key);
        }
    }
}
