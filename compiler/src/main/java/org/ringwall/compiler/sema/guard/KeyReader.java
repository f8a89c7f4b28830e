// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;

/** A reader of the keys of tables, counters and rates, and a check of the blocks that use them. */
public final class KeyReader {
    private static final String HOLDS =
            "write addresses, ports, ids or other numbers, or `comm`; of socket options only `level` and `optname`";

    private final Findings findings;

    public KeyReader(Findings findings) {
        this.findings = findings;
    }

    /** Reads the key of the declaration with this name; empty after a report. */
    public Optional<Key> read(String name, List<FieldRef> references) {
        List<Field> fields = new ArrayList<>();
        boolean whole = true;
        for (FieldRef reference : references) {
            Optional<Field> field = field(reference);
            if (field.isPresent() && fields.contains(field.get())) {
                findings.add(Diagnostic.of(
                                Code.KEY_FIELD,
                                reference.span(),
                                "`%s` is twice in the key".formatted(reference.text()))
                        .help("remove one of them"));
                whole = false;
                continue;
            }
            field.ifPresent(fields::add);
            whole &= field.isPresent();
        }
        if (!whole) {
            return Optional.empty();
        }
        Key key = new Key(fields);
        return fits(name, key, references) ? Optional.of(key) : Optional.empty();
    }

    private Optional<Field> field(FieldRef reference) {
        Optional<Field> field = Field.named(reference.text());
        if (field.isEmpty()) {
            List<String> words = Arrays.stream(Field.values())
                    .filter(Key::canHold)
                    .map(Field::text)
                    .toList();
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_FIELD, reference.span(), "there is no field `%s`".formatted(reference.text()))
                    .help(DidYouMean.help(reference.name(), words).orElse(HOLDS)));
            return field;
        }
        if (Key.canHold(field.get())) {
            return field;
        }
        findings.add(
                Diagnostic.of(Code.KEY_FIELD, reference.span(), "a key cannot contain `%s`".formatted(reference.text()))
                        .help(HOLDS));
        return Optional.empty();
    }

    private boolean fits(String name, Key key, List<FieldRef> references) {
        int size = key.isEmpty() ? 0 : key.layout(name).struct().size();
        if (size <= KeyLayout.MOST_BYTES) {
            return true;
        }
        Span at = references
                .get(0)
                .span()
                .to(references.get(references.size() - 1).span());
        findings.add(Diagnostic.of(
                        Code.KEY_TOO_LONG,
                        at,
                        "the key of `%s` has %d bytes; the limit is %d".formatted(name, size, KeyLayout.MOST_BYTES))
                .help("remove fields; an address needs 16 bytes and most numbers 4"));
        return false;
    }

    /**
     * Warns if a process can give itself another value for a rate's key, and thus another bucket.
     */
    public void warnOfChosen(String rate, List<FieldRef> references) {
        for (FieldRef reference : references) {
            Optional<String> way =
                    Field.named(reference.text()).flatMap(field -> field.spec().chosen());
            if (way.isPresent()) {
                findings.add(
                        Diagnostic.of(
                                        Code.CHOSEN_KEY,
                                        reference.span(),
                                        "a workload can obtain any number of buckets of `%s`: %s"
                                                .formatted(rate, way.get()))
                                .help(
                                        "write `ancestor(n)` for a cgroup that the workload cannot leave; level 1 is directly below the root"));
                return;
            }
        }
    }

    /** Whether the block's requests have every field of the key. */
    public boolean isHere(
            Key key, String name, Span declared, Span at, Block.Target target, List<Hook> hooks, TargetFloor floor) {
        List<Field> here = HookFields.in(target);
        boolean whole = true;
        for (Field field : key.fields()) {
            if (here.contains(field)) {
                GuardReader.holdToTargets(field, target, hooks, floor, at);
                continue;
            }
            whole = false;
            findings.add(Diagnostic.of(
                            Code.KEY_NOT_HERE,
                            at,
                            "the key of `%s` contains `%s`, which `%s` does not have"
                                    .formatted(name, field.text(), target.text()))
                    .help("use it in `%s`, or declare one with another key for this block"
                            .formatted(String.join("`, `", HookFields.blocksWith(field))))
                    .note(declared, "`%s` is declared here".formatted(name)));
        }
        return whole;
    }
}
