package org.ringwall.bench.verdict;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;

/** The atoms of a policy's guards, negated or not. */
final class Atoms implements Guard.Visitor<Stream<Guard>> {
    private Atoms() {}

    /** Those of this kind, in source order. */
    static <T extends Guard> List<T> of(Policy policy, Class<T> kind) {
        return policy.blocks().stream()
                .flatMap(block -> block.rules().stream())
                .flatMap(rule -> rule.guard().accept(new Atoms()))
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private Stream<Guard> all(List<Guard> guards) {
        return guards.stream().flatMap(guard -> guard.accept(this));
    }

    @Override
    public Stream<Guard> constant(Guard.Const guard) {
        return Stream.of(guard);
    }

    @Override
    public Stream<Guard> not(Guard.Not guard) {
        return guard.guard().accept(this);
    }

    @Override
    public Stream<Guard> and(Guard.And guard) {
        return all(guard.guards());
    }

    @Override
    public Stream<Guard> or(Guard.Or guard) {
        return all(guard.guards());
    }

    @Override
    public Stream<Guard> in(Guard.In guard) {
        return Stream.of(guard);
    }

    @Override
    public Stream<Guard> addressIn(Guard.AddressIn guard) {
        return Stream.of(guard);
    }

    @Override
    public Stream<Guard> deviceIn(Guard.DeviceIn guard) {
        return Stream.of(guard);
    }

    @Override
    public Stream<Guard> matches(Guard.Matches guard) {
        return Stream.of(guard);
    }

    @Override
    public Stream<Guard> compareParam(Guard.CompareParam guard) {
        return Stream.of(guard);
    }
}
