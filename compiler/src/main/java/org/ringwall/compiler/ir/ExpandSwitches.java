package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Verdict;

/**
 * Turns every switch into its cheapest {@link SwitchForm}: a machine without jump tables has none itself. What remains of
 * a switch behind a form is expanded in turn. Where all that is left to decide is one bit, it becomes the answer, and the
 * blocks that gave it go.
 */
final class ExpandSwitches {
    private final Routine routine;
    private final Numbers numbers;
    private final Map<BlockId, Verdict> verdicts = new HashMap<>();
    private final Emission emission;

    private final Consumer<ChosenForm> chosen;

    private ExpandSwitches(Routine routine, Consumer<ChosenForm> chosen) {
        this.routine = routine;
        this.chosen = chosen;
        this.numbers = new Numbers(routine);
        this.emission = new Emission(routine.nextBlock(), routine.nextValue());
        for (BasicBlock block : routine.blocks()) {
            if (block.instructions().isEmpty()
                    && block.end() instanceof Terminator.Return end
                    && end.writes().isEmpty()) {
                verdicts.put(block.id(), end.verdict());
            }
        }
    }

    static Routine apply(Routine routine) {
        return apply(routine, form -> {});
    }

    /** The same, and tells which forms were taken. */
    static Routine apply(Routine routine, Consumer<ChosenForm> chosen) {
        return new ExpandSwitches(routine, chosen).expand();
    }

    private Routine expand() {
        routine.blocks().forEach(this::expand);
        return new Routine(routine.hook(), reached(emission.blocks()));
    }

    private void expand(BasicBlock block) {
        if (!(block.end() instanceof Terminator.Switch choice)) {
            emission.add(block);
            return;
        }
        Ways ways = Ways.of(choice);
        Numbers.Number number = numbers.of(choice.value());
        Optional<Terminator> decision = number.bits() == 1 ? decision(choice.value(), ways) : Optional.empty();
        if (decision.isPresent()) {
            emission.add(block.with(block.instructions(), decision.get()));
            return;
        }
        Emission form = emission.branch();
        SwitchForm cheapest = SwitchForm.cheapest(ways, number);
        chosen.accept(new ChosenForm(
                block.span(), numbers.text(choice.value()), ways.size(), cheapest.text(), cheapest.cost()));
        cheapest.add(form, block, choice.value());
        for (BasicBlock made : form.blocks()) {
            made.instructions().forEach(numbers::add);
            expand(made);
        }
    }

    /** The end of a program that answers with the bit itself. */
    private Optional<Terminator> decision(Value bit, Ways ways) {
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

    private static List<BasicBlock> reached(List<BasicBlock> blocks) {
        Set<BlockId> reached = new HashSet<>(Set.of(blocks.get(0).id()));
        List<BasicBlock> kept = new ArrayList<>();
        for (BasicBlock block : blocks) {
            if (reached.contains(block.id())) {
                reached.addAll(block.end().targets());
                kept.add(block);
            }
        }
        return kept;
    }
}
