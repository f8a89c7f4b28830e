// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.tables.Cost;

/**
 * Replaces every switch by its cheapest {@link SwitchForm}, because BPF has no jump tables.
 * Switches that a form leaves are expanded in turn. If only one bit remains to be decided, it
 * becomes the return value, and the blocks that returned it are removed.
 */
public final class ExpandSwitches {
    /** The maximum number of levels of switches after the first one of a composite key. */
    private static final int MOST_BEHIND = 3;

    private final Routine routine;
    private final Numbers numbers;
    private final Map<BlockId, Verdict> verdicts = new HashMap<>();
    private final Emission emission;
    /**
     * Blocks whose values no other block uses. Only these can become parts of a form, which
     * computes their values again.
     */
    private final Map<BlockId, BasicBlock> blocks = new HashMap<>();

    private final Map<BlockId, Integer> from = new HashMap<>();
    private final Map<Value, Integer> uses;
    private final Set<BlockId> reached = new HashSet<>();
    private final Apart apart;

    private final Consumer<ChosenForm> chosen;

    private ExpandSwitches(Routine routine, Consumer<ChosenForm> chosen) {
        this.routine = routine;
        this.chosen = chosen;
        this.numbers = new Numbers(routine);
        this.uses = routine.uses();
        this.apart = new Apart(blocks, numbers);
        this.emission = new Emission(routine.nextBlock(), routine.nextValue());
        for (BasicBlock block : routine.blocks()) {
            if (keepsItsValues(block)) {
                blocks.put(block.id(), block);
            }
            new HashSet<>(block.end().targets()).forEach(target -> from.merge(target, 1, Integer::sum));
            if (block.instructions().isEmpty()
                    && block.end() instanceof Terminator.Return end
                    && end.writes().isEmpty()) {
                verdicts.put(block.id(), end.verdict());
            }
        }
    }

    private boolean keepsItsValues(BasicBlock block) {
        Map<Value, Integer> inside = new HashMap<>();
        block.instructions()
                .forEach(instruction -> instruction.operands().forEach(value -> inside.merge(value, 1, Integer::sum)));
        block.end().operands().forEach(value -> inside.merge(value, 1, Integer::sum));
        return block.instructions().stream()
                .map(Instruction::result)
                .allMatch(value -> uses.getOrDefault(value, 0).equals(inside.getOrDefault(value, 0)));
    }

    public static Routine apply(Routine routine) {
        return apply(routine, form -> {});
    }

    /** Expands all switches and reports the chosen forms. */
    static Routine apply(Routine routine, Consumer<ChosenForm> chosen) {
        return new ExpandSwitches(routine, chosen).expand();
    }

    private Routine expand() {
        reached.add(routine.blocks().get(0).id());
        routine.blocks().forEach(this::expand);
        return new Routine(routine.hook(), emission.blocks());
    }

    private void add(BasicBlock block) {
        emission.add(block);
        reached.addAll(block.end().targets());
    }

    private void expand(BasicBlock block) {
        if (!reached.contains(block.id())) {
            return;
        }
        if (!(block.end() instanceof Terminator.Switch choice)) {
            add(block);
            return;
        }
        SwitchTargets ways = SwitchTargets.of(choice);
        Numbers.Number number = numbers.of(choice.value());
        Optional<Terminator> decision = number.bits() == 1 ? decision(choice.value(), ways) : Optional.empty();
        if (decision.isPresent()) {
            add(block.with(block.instructions(), decision.get()));
            return;
        }
        if (!expandTogether(block, choice.value(), ways, number)) {
            SwitchForm form = SwitchForm.cheapest(ways, number);
            choose(block, choice.value(), ways, form.text(), form.cost());
            Emission made = emission.branch();
            form.add(made, block, choice.value());
            expand(made.blocks());
        }
    }

    private void choose(BasicBlock block, Value value, SwitchTargets ways, String text, Cost cost) {
        chosen.accept(new ChosenForm(block.span(), numbers.text(value), ways.size(), text, cost));
    }

    /**
     * Implements the switch and those after it as one form, if one costs less than separate forms;
     * returns false otherwise.
     */
    private boolean expandTogether(BasicBlock block, Value value, SwitchTargets ways, Numbers.Number number) {
        Optional<KeySwitch> joined = KeySwitch.of(ways, value, new KeySwitch.Code(blocks, from, numbers))
                .filter(form -> apart.isDearer(ways, number, MOST_BEHIND, form.cost()));
        if (joined.isPresent()) {
            join(block, value, ways, joined.get());
            return true;
        }
        Optional<GroupedSwitch> grouped = GroupedSwitch.of(ways, blocks);
        if (grouped.isEmpty()) {
            return false;
        }
        if (number.bits() == Long.SIZE) {
            return halve(block, value, ways, number);
        }
        group(block, value, ways, number.bits(), grouped.get());
        return true;
    }

    private static BasicBlock without(BasicBlock block, Value value) {
        return block.with(
                block.instructions().stream()
                        .filter(instruction -> !instruction.result().equals(value))
                        .toList(),
                block.end());
    }

    private void join(BasicBlock block, Value value, SwitchTargets ways, KeySwitch joined) {
        Emission made = emission.branch();
        boolean unused = joined.readsWord() && uses.getOrDefault(value, 0) == 1;
        joined.add(made, unused ? without(block, value) : block, value);
        choose(block, value, ways, joined.text(), joined.cost());
        expand(made.blocks());
    }

    private void group(BasicBlock block, Value value, SwitchTargets ways, int bits, GroupedSwitch grouped) {
        Emission made = emission.branch();
        GroupedSwitch.Made group = grouped.add(made, block, value, bits);
        choose(block, value, ways, grouped.text(bits), group.cost());
        group.lower().forEach(each -> blocks.put(each.id(), each));
        expand(made.blocks());
        expand(group.lower());
    }

    /**
     * Splits a 64-bit number by its top bit: no search takes 64 bits, and in each half the
     * following switches may be grouped.
     */
    private boolean halve(BasicBlock block, Value value, SwitchTargets ways, Numbers.Number number) {
        Optional<SwitchForm> half = SplitSwitch.byTop(ways, number);
        half.ifPresent(form -> {
            choose(block, value, ways, form.text(), form.cost());
            Emission made = emission.branch();
            form.add(made, block, value);
            expand(made.blocks());
        });
        return half.isPresent();
    }

    private void expand(List<BasicBlock> made) {
        made.forEach(block -> block.instructions().forEach(numbers::add));
        made.forEach(this::expand);
    }

    /** Returns the terminator that returns the bit itself; empty if the verdicts are others. */
    private Optional<Terminator> decision(Value bit, SwitchTargets ways) {
        Verdict zero = verdicts.get(ways.at(0).target());
        Verdict one = verdicts.get(ways.at(ways.size() - 1).target());
        boolean plain = routine.hook().denial().equals(OptionalInt.of(1 - Hook.ALLOW));
        if (!plain || zero == null || one == null) {
            return Optional.empty();
        } else if (zero.equals(Verdict.DENY) && one.equals(Verdict.ALLOW)) {
            return Optional.of(new Terminator.Decide(bit, 1));
        }
        boolean turned = zero.equals(Verdict.ALLOW) && one.equals(Verdict.DENY);
        return turned ? Optional.of(new Terminator.Decide(bit, 0)) : Optional.empty();
    }
}
