// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Rule;

/**
 * The writes of rules without a verdict at sock_ops that have effect diagrams. Each effect occurs
 * once, in source order, and is skipped if a later rule that matches writes the same thing.
 */
final class EffectWrites {
    private final Flow flow;
    private final List<Written> inOrder;

    /**
     * An effect, and its bit among all pending writes. Effects that write the same thing have
     * adjacent bits, later ones higher bits.
     *
     * @param last the highest bit of the effects that write the same thing
     */
    record Written(RuleRef rule, Effect effect, int bit, int last) {}

    private record RuleWrite(RuleRef rule, Effect effect) {}

    EffectWrites(Flow flow) {
        this.flow = flow;
        SortedSet<RuleRef> rules = new TreeSet<>();
        flow.decision()
                .effects()
                .forEach(effects -> DiagramTraversal.leaves(effects, noted -> rules.addAll(noted.rules())));
        List<RuleWrite> writes = rules.stream()
                .flatMap(rule -> writes(rule).stream().map(effect -> new RuleWrite(rule, effect)))
                .toList();
        this.inOrder = numbered(writes);
    }

    private List<Effect> writes(RuleRef ref) {
        Rule rule = ref.in(flow.policy());
        return Effect.merged(rule.writes());
    }

    private static List<Written> numbered(List<RuleWrite> writes) {
        Map<RuleWrite, Written> numbered = new HashMap<>();
        for (RuleWrite one : writes) {
            if (!numbered.containsKey(one)) {
                List<RuleWrite> alike = writes.stream()
                        .filter(other -> other.effect().replaces(one.effect()))
                        .toList();
                int first = numbered.size();
                for (int i = 0; i < alike.size(); i++) {
                    RuleWrite each = alike.get(i);
                    numbered.put(each, new Written(each.rule(), each.effect(), first + i, first + alike.size() - 1));
                }
            }
        }
        return writes.stream().map(numbered::get).toList();
    }

    /** Returns all effects in execution order. */
    List<Written> inOrder() {
        return inOrder;
    }

    /** Adds the code that performs the write. */
    void write(Path path, Effect effect) {
        effect.accept(new FieldWrites(flow.hook(), path.body())).forEach(write -> write(path, write));
    }

    private static void write(Path path, Terminator.Write write) {
        if (write instanceof Terminator.WriteContext field) {
            path.add(StateOp.Store.field(field.field()), value(path, field.value()));
        } else if (write instanceof Terminator.WriteOption option) {
            path.add(new StateOp.SetOption(option.option(), Optional.empty()), value(path, option.value()));
        } else if (write instanceof Terminator.WriteOptionName option) {
            path.add(new StateOp.SetOption(option.option(), Optional.of(option.name())));
        } else {
            throw new IllegalStateException("no rule is separated that writes " + write);
        }
    }

    private static Value value(Path path, Terminator.Right right) {
        return right instanceof Terminator.Right.OfValue of
                ? of.value()
                : path.add(new Op.Constant(((Terminator.Right.OfNumber) right).number()));
    }
}
