// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;

/**
 * A reduction of a mismatch: removes blocks, rules and parts of guards while the answers to the
 * request still differ.
 */
final class Shrinker {
    private Shrinker() {}

    static Mismatch shrink(Mismatch found, Meaning one, Meaning other) {
        Mismatch smallest = found;
        while (true) {
            Optional<Mismatch> smaller = smaller(smallest, one, other);
            if (smaller.isEmpty()) {
                return smallest;
            }
            smallest = smaller.get();
        }
    }

    private static Optional<Mismatch> smaller(Mismatch from, Meaning one, Meaning other) {
        for (Policy candidate : candidates(from.policy())) {
            Optional<Mismatch> still =
                    Differential.find(candidate, from.params(), from.order(), List.of(from.request()), one, other);
            if (still.isPresent()) {
                return still;
            }
        }
        return Optional.empty();
    }

    private static List<Policy> candidates(Policy policy) {
        List<Policy> all = new ArrayList<>();
        for (int i = 0; i < policy.blocks().size(); i++) {
            Block block = policy.blocks().get(i);
            if (policy.blocks().size() > 1) {
                all.add(with(policy, without(policy.blocks(), i)));
            }
            for (int j = 0; j < block.guardedRules().size(); j++) {
                List<Rule> fewer = without(block.rules(), j);
                if (!fewer.isEmpty()) {
                    all.add(with(policy, replaced(policy.blocks(), i, with(block, fewer))));
                }
                Rule rule = block.rules().get(j);
                for (Guard guard : parts(rule.guard())) {
                    Rule simpler = rule.with(guard);
                    List<Rule> rules = replaced(block.rules(), j, simpler);
                    all.add(with(policy, replaced(policy.blocks(), i, with(block, rules))));
                }
            }
        }
        return all;
    }

    /** Returns the guards that are one step smaller. */
    private static List<Guard> parts(Guard guard) {
        List<Guard> smaller = new ArrayList<>();
        if (guard instanceof Guard.Not not) {
            smaller.add(not.guard());
            parts(not.guard()).forEach(part -> smaller.add(new Guard.Not(part)));
        } else if (guard instanceof Guard.And and) {
            smaller.addAll(and.guards());
            fewer(and.guards()).forEach(guards -> smaller.add(new Guard.And(guards)));
        } else if (guard instanceof Guard.Or or) {
            smaller.addAll(or.guards());
            fewer(or.guards()).forEach(guards -> smaller.add(new Guard.Or(guards)));
        }
        return smaller;
    }

    private static List<List<Guard>> fewer(List<Guard> guards) {
        List<List<Guard>> all = new ArrayList<>();
        for (int i = 0; i < guards.size(); i++) {
            all.add(without(guards, i));
            for (Guard part : parts(guards.get(i))) {
                all.add(replaced(guards, i, part));
            }
        }
        return all;
    }

    private static <T> List<T> without(List<T> list, int index) {
        List<T> copy = new ArrayList<>(list);
        copy.remove(index);
        return copy;
    }

    private static <T> List<T> replaced(List<T> list, int index, T value) {
        List<T> copy = new ArrayList<>(list);
        copy.set(index, value);
        return copy;
    }

    private static Policy with(Policy policy, List<Block> blocks) {
        return policy.with(blocks);
    }

    private static Block with(Block block, List<Rule> rules) {
        return block.with(rules);
    }
}
