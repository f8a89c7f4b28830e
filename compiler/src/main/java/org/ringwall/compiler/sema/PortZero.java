// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.value.Comparison;

/**
 * Whether a guard can be true, and can be false, for some bind to port 0. Conditions on other
 * fields than `local.port` can be either. Both answers err on the side of "can".
 */
final class PortZero implements Guard.Visitor<PortZero.Can> {
    /** The possible values of a guard. */
    record Can(boolean hold, boolean fail) {
        static final Can EITHER = new Can(true, true);

        static Can only(boolean value) {
            return new Can(value, !value);
        }
    }

    private PortZero() {}

    /**
     * Returns the rule by which `bind` denies every request for port 0, the usual one of clients.
     */
    static Optional<Rule> denied(Block block) {
        boolean binds = block.target() instanceof Block.Target.OfIntent of && of.intent() == Intent.BIND;
        if (!binds || block.monitored()) {
            return Optional.empty();
        }
        for (Rule rule : block.guardedRules()) {
            if (rule.monitored()) {
                continue;
            }
            Can can = rule.guard().accept(new PortZero());
            if (rule.allows() && can.hold()) {
                return Optional.empty();
            }
            if (rule.denies() && !can.fail()) {
                return Optional.of(rule);
            }
        }
        return block.defaultRule().filter(Rule::denies);
    }

    @Override
    public Can constant(Guard.Const guard) {
        return Can.only(guard.value());
    }

    @Override
    public Can not(Guard.Not guard) {
        Can inner = guard.guard().accept(this);
        return new Can(inner.fail(), inner.hold());
    }

    @Override
    public Can and(Guard.And guard) {
        List<Can> parts = parts(guard.guards());
        return new Can(parts.stream().allMatch(Can::hold), parts.stream().anyMatch(Can::fail));
    }

    @Override
    public Can or(Guard.Or guard) {
        List<Can> parts = parts(guard.guards());
        return new Can(parts.stream().anyMatch(Can::hold), parts.stream().allMatch(Can::fail));
    }

    private List<Can> parts(List<Guard> guards) {
        return guards.stream().map(guard -> guard.accept(this)).toList();
    }

    @Override
    public Can in(Guard.In guard) {
        if (guard.field() == Field.LOCAL_PORT) {
            return Can.only(guard.set().contains(0));
        }
        return guard.set().isEmpty() ? Can.only(false) : Can.EITHER;
    }

    @Override
    public Can addressIn(Guard.AddressIn guard) {
        boolean empty = guard.set().v4().isEmpty() && guard.set().v6().isEmpty();
        return empty ? Can.only(false) : Can.EITHER;
    }

    @Override
    public Can deviceIn(Guard.DeviceIn guard) {
        return Can.EITHER;
    }

    @Override
    public Can matches(Guard.Matches guard) {
        return Can.EITHER;
    }

    @Override
    public Can compareParam(Guard.CompareParam guard) {
        if (guard.field() != Field.LOCAL_PORT) {
            return Can.EITHER;
        }
        long min = guard.param().min();
        long max = guard.param().max();
        Comparison comparison = guard.comparison();
        // The result for 0 depends only on whether the param is 0.
        boolean whenZero = comparison.holds(0, 0);
        boolean whenMore = comparison.holds(0, 1);
        boolean hold = min == 0 && whenZero || max > 0 && whenMore;
        boolean fail = min == 0 && !whenZero || max > 0 && !whenMore;
        return new Can(hold, fail);
    }

    /** The content of the set changes on the host. */
    @Override
    public Can inLive(Guard.InLive guard) {
        boolean outside = guard.field() == Field.LOCAL_PORT
                && guard.set()
                        .within()
                        .filter(within -> !((LiveMembers.Numbers) within).set().contains(0))
                        .isPresent();
        return outside ? Can.only(false) : Can.EITHER;
    }
}
