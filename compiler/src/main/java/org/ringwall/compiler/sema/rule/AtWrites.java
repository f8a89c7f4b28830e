// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.value.U128;

/**
 * Evaluates a guard for a request of which only one thing is known, that it is a write; empty if
 * that does not decide the guard. This finds guards that only reads satisfy.
 */
final class AtWrites implements Guard.Visitor<Optional<Boolean>> {
    private static final AtWrites AT_WRITES = new AtWrites();

    private AtWrites() {}

    /**
     * Whether a rule's assignment to a sysctl can take effect; reports a rule that only reads
     * reach.
     */
    static boolean happen(Guard guard, List<Effect> effects, Findings findings) {
        Optional<Effect.Assign> assign = effects.stream()
                .filter(Effect.Assign.class::isInstance)
                .map(Effect.Assign.class::cast)
                .filter(each -> each.field().text().equals(Field.NEW_VALUE.text()))
                .findFirst();
        boolean never = assign.isPresent()
                && guard.accept(AT_WRITES).filter(holds -> !holds).isPresent();
        if (never) {
            findings.add(Diagnostic.of(
                            Code.ASSIGNED_AT_READS,
                            assign.get().span(),
                            "this rule matches only reads, and a read has no `%s`".formatted(Field.NEW_VALUE.text()))
                    .help("write a guard that matches writes, as in `when write and …`"));
        }
        return !never;
    }

    @Override
    public Optional<Boolean> constant(Guard.Const guard) {
        return guard.value() ? Optional.of(true) : Optional.empty();
    }

    @Override
    public Optional<Boolean> not(Guard.Not guard) {
        return guard.guard().accept(this).map(holds -> !holds);
    }

    @Override
    public Optional<Boolean> and(Guard.And guard) {
        return all(guard.guards(), false);
    }

    @Override
    public Optional<Boolean> or(Guard.Or guard) {
        return all(guard.guards(), true);
    }

    /** Returns `deciding` if any guard has that value, and the opposite if all are known. */
    private Optional<Boolean> all(List<Guard> guards, boolean deciding) {
        List<Optional<Boolean>> parts =
                guards.stream().map(part -> part.accept(this)).toList();
        if (parts.contains(Optional.of(deciding))) {
            return Optional.of(deciding);
        }
        return parts.stream().allMatch(Optional::isPresent) ? Optional.of(!deciding) : Optional.empty();
    }

    @Override
    public Optional<Boolean> in(Guard.In guard) {
        return switch (guard.field()) {
            case READ -> Optional.of(guard.set().contains(U128.of(0)));
            case WRITE -> Optional.of(guard.set().contains(U128.of(1)));
            default -> Optional.empty();
        };
    }

    @Override
    public Optional<Boolean> addressIn(Guard.AddressIn guard) {
        return Optional.empty();
    }

    @Override
    public Optional<Boolean> deviceIn(Guard.DeviceIn guard) {
        return Optional.empty();
    }

    @Override
    public Optional<Boolean> matches(Guard.Matches guard) {
        return Optional.empty();
    }

    @Override
    public Optional<Boolean> compareParam(Guard.CompareParam guard) {
        return Optional.empty();
    }

    @Override
    public Optional<Boolean> inLive(Guard.InLive guard) {
        return Optional.empty();
    }
}
