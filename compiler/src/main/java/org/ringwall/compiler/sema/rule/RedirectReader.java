// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.KeyReader;
import org.ringwall.compiler.sema.guard.Operands;
import org.ringwall.compiler.sema.text.Endpoints;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;

/** A reader of the destination of `redirect`. */
public final class RedirectReader {
    private final Declarations declarations;
    private final Findings findings;

    public RedirectReader(Declarations declarations, Findings findings) {
        this.declarations = declarations;
        this.findings = findings;
    }

    /** Reads the effect of a rule; empty after a report. */
    Optional<Effect> inBlock(Verdict.Redirect redirect, Block.Target target, TargetFloor floor) {
        List<Hook> hooks = target.hooks(false);
        if (!hooks.stream().allMatch(Hook::hasDestination)) {
            notHere(redirect.span(), target.text());
            return Optional.empty();
        }
        Optional<Destination> to = destination(redirect.to());
        to.ifPresent(found -> {
            if (hooks.size() == 1 && !hooks.get(0).carries(found.isV4())) {
                warnOfFamily(redirect.span(), hooks.get(0), found.isV4());
            }
        });
        if (to.isPresent() && to.get() instanceof Destination.Looked looked) {
            Table table = looked.table();
            Span at = redirect.to().span();
            if (!new KeyReader(findings).isHere(table.key(), table.name(), table.span(), at, target, hooks, floor)) {
                return Optional.empty();
            }
        }
        return to.map(Effect.Redirect::new);
    }

    /** Reads the effect that a test expects, which names the destination and not a table. */
    public Optional<Effect> inTest(Verdict.Redirect redirect, String probe, List<Hook> hooks) {
        if (hooks.stream().noneMatch(Hook::hasDestination)) {
            notHere(redirect.span(), probe);
            return Optional.empty();
        }
        if (redirect.to() instanceof Verdict.Entry) {
            findings.add(Diagnostic.of(
                            Code.BAD_PROBE, redirect.to().span(), "a test cannot expect a table as the destination")
                    .help("write the address and the port: `=> redirect 10.0.0.5:8080`"));
            return Optional.empty();
        }
        return destination(redirect.to()).map(Effect.Redirect::new);
    }

    private void notHere(Span at, String place) {
        findings.add(Diagnostic.of(Code.REDIRECT_NOT_HERE, at, "`%s` has no destination to redirect".formatted(place))
                .help("write `redirect` in `egress`, or in `on connect4`, `connect6`, `sendmsg4` or `sendmsg6`"));
    }

    private void warnOfFamily(Span at, Hook hook, boolean v4) {
        findings.add(Diagnostic.of(
                        Code.REDIRECT_FAMILY,
                        at,
                        "`%s` cannot carry a %s address, so this rule denies".formatted(hook.word(), v4 ? "v4" : "v6"))
                .help("write a %s address, or `deny`".formatted(v4 ? "v6" : "v4")));
    }

    private Optional<Destination> destination(Verdict.Destination to) {
        return to instanceof Verdict.Place place ? place(place) : entry((Verdict.Entry) to);
    }

    private Optional<Destination> place(Verdict.Place place) {
        Optional<Address> address = Endpoints.address(place.address(), findings)
                .filter(one -> Endpoints.isDestination(one, place.address().span(), findings));
        Optional<Effect.Operand> port =
                Operands.one(new Expected("redirect", FieldType.PORT), place.port(), declarations, findings);
        return address.flatMap(one -> port.map(number -> new Destination.Fixed(one, number)));
    }

    private Optional<Destination> entry(Verdict.Entry entry) {
        Optional<Table> table = declarations
                .named(Declarations.Declared.OfTable.class, "table", entry.table(), findings)
                .map(Declarations.Declared.OfTable::table);
        if (table.isEmpty() || entry.key().isEmpty()) {
            return table.map(Destination.Looked::new);
        }
        List<String> written = entry.key().get().stream().map(FieldRef::text).toList();
        List<String> declared =
                table.get().key().fields().stream().map(Field::text).toList();
        if (written.equals(declared)) {
            return table.map(Destination.Looked::new);
        }
        findings.add(Diagnostic.of(
                        Code.OTHER_KEY,
                        entry.span(),
                        "the table `%s` has a different key"
                                .formatted(table.get().name()))
                .help("write `%s[%s]`".formatted(table.get().name(), String.join(", ", declared)))
                .note(table.get().span(), "it is declared here"));
        return Optional.empty();
    }
}
