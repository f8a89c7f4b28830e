// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.StateNames;

/** The live sets, tables, counters and rates that rules reference, by the names of their maps. */
public final class StateUse implements Guard.Visitor<Stream<String>> {
    private static final StateUse GUARDS = new StateUse();

    private StateUse() {}

    /**
     * Returns the maps that a rule references, in source order, even if the rule can never match.
     */
    public static Set<String> of(Rule rule) {
        Set<String> maps = new LinkedHashSet<>();
        rule.within().ifPresent(within -> maps.add(StateNames.rate(within.rate().name())));
        rule.guard().accept(GUARDS).forEach(maps::add);
        rule.effects().forEach(effect -> of(effect).forEach(maps::add));
        return maps;
    }

    /** Returns the maps that any rule of the policy references. */
    public static Set<String> of(Policy policy) {
        Set<String> maps = new LinkedHashSet<>();
        policy.blocks().forEach(block -> block.rules().forEach(rule -> maps.addAll(of(rule))));
        return maps;
    }

    private static Stream<String> of(Effect effect) {
        if (effect instanceof Effect.Count count) {
            return count.counter().layouts().stream().map(CounterLayout::symbol);
        }
        boolean looked = effect instanceof Effect.Redirect redirect && redirect.to() instanceof Destination.Looked;
        return looked
                ? Stream.of(StateNames.table(((Destination.Looked) ((Effect.Redirect) effect).to())
                        .table()
                        .name()))
                : Stream.empty();
    }

    private Stream<String> all(List<Guard> guards) {
        return guards.stream().flatMap(guard -> guard.accept(this));
    }

    @Override
    public Stream<String> constant(Guard.Const guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> not(Guard.Not guard) {
        return guard.guard().accept(this);
    }

    @Override
    public Stream<String> and(Guard.And guard) {
        return all(guard.guards());
    }

    @Override
    public Stream<String> or(Guard.Or guard) {
        return all(guard.guards());
    }

    @Override
    public Stream<String> in(Guard.In guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> addressIn(Guard.AddressIn guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> deviceIn(Guard.DeviceIn guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> matches(Guard.Matches guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> compareParam(Guard.CompareParam guard) {
        return Stream.empty();
    }

    @Override
    public Stream<String> inLive(Guard.InLive guard) {
        return Stream.of(StateNames.live(guard.set().name()));
    }
}
