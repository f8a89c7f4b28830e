// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.U128;

/**
 * The check that units of closed connections are only counted where a connection is closed: in
 * other rules they would always be 0.
 */
final class ClosedCounts {
    private ClosedCounts() {}

    /** Whether each counter of a rule counts something; reports those that do not. */
    static boolean happen(Guard guard, List<Effect> effects, Declarations declarations, Findings findings) {
        if (requiresClosed(guard)) {
            return true;
        }
        boolean all = true;
        for (Effect effect : effects) {
            if (effect instanceof Effect.Count count) {
                Optional<CounterLayout.Column> column = column(count, declarations);
                column.ifPresent(found -> report(found, count.counter().span(), findings));
                all &= column.isEmpty();
            }
        }
        return all;
    }

    private static Optional<CounterLayout.Column> column(Effect.Count count, Declarations declarations) {
        return declarations
                .find(count.counter().text())
                .filter(Declarations.Declared.OfCounter.class::isInstance)
                .map(Declarations.Declared.OfCounter.class::cast)
                .flatMap(found -> found.counter().columns().stream()
                        .filter(column -> column.unit().isOfClosed())
                        .findFirst());
    }

    private static void report(CounterLayout.Column column, Span at, Findings findings) {
        findings.add(
                Diagnostic.of(
                                Code.COUNTED_AT_CLOSE,
                                at,
                                "`%s` of this counter has the unit `%s`, which is only known when a connection is closed"
                                        .formatted(column.name(), column.unit().word()))
                        .help(
                                "count it in `on sock_ops`, in a rule that requires `tcp_closed`, as in `when tcp_closed and … { … }`"));
    }

    /** Whether the guard is only true if a connection is closed, as far as its form shows. */
    private static boolean requiresClosed(Guard guard) {
        if (guard instanceof Guard.And and) {
            return and.guards().stream().anyMatch(ClosedCounts::requiresClosed);
        } else if (guard instanceof Guard.Or or) {
            return !or.guards().isEmpty() && or.guards().stream().allMatch(ClosedCounts::requiresClosed);
        }
        return guard instanceof Guard.In in
                && in.field() == Field.CLOSED
                && !in.set().contains(U128.of(0));
    }
}
