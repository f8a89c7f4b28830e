// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.NamedSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.sema.text.ElementKind;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The names that a policy declares. INVARIANT: DeclarationReader fills it before any guard is read.
 */
public final class Declarations {
    private final Map<String, Declared> names = new LinkedHashMap<>();
    private final Lists lists;

    public Declarations(Lists lists) {
        this.lists = lists;
    }

    /** Returns the lists that sets reference. */
    Lists lists() {
        return lists;
    }

    /** The meaning of a name. */
    public sealed interface Declared {
        /** Returns the span of the name. */
        Span at();

        /** The named members of a `set`. */
        record OfSet(Part value, Span at) implements Declared {}

        /** A number that is fixed when the policy is applied. */
        record OfParam(Param param, Span at) implements Declared {}

        /** A guard that is read again for each use. */
        record OfPredicate(Expr guard, Span at) implements Declared {}

        /** A set whose members change while the policy is in force. */
        record OfLive(LiveSet set, Span at) implements Declared {}

        /** A table of `redirect`. */
        record OfTable(Table table, Span at) implements Declared {}

        /** A counter that rules add to. */
        record OfCounter(Counter counter, Span at) implements Declared {}

        /** A rate that rules take tokens from. */
        record OfRate(Rate rate, Span at) implements Declared {}

        /**
         * A declaration of state that has not been read yet. Constants are read before it, and
         * cannot reference it.
         */
        record Unread(String kind, Span at) implements Declared {}

        /** A declaration with an error that has been reported. */
        record Failed(Span at) implements Declared {}

        /** Returns the kind of declaration for messages. */
        default String kind() {
            if (this instanceof OfSet) {
                return "set";
            } else if (this instanceof OfParam) {
                return "param";
            } else if (this instanceof OfPredicate) {
                return "predicate";
            } else if (this instanceof OfLive) {
                return "live set";
            } else if (this instanceof OfTable) {
                return "table";
            } else if (this instanceof OfCounter) {
                return "counter";
            } else if (this instanceof OfRate) {
                return "rate";
            }
            return this instanceof Unread unread ? unread.kind() : "declaration";
        }
    }

    public void put(String name, Declared declared) {
        names.put(name, declared);
    }

    public Optional<Declared> find(String name) {
        return Optional.ofNullable(names.get(name));
    }

    public List<Param> params() {
        return names.values().stream()
                .filter(Declared.OfParam.class::isInstance)
                .map(declared -> ((Declared.OfParam) declared).param())
                .toList();
    }

    /** Returns all declarations of one kind, in source order. */
    <D extends Declared> List<D> all(Class<D> kind) {
        return names.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Returns the sets of addresses and of numbers. */
    public List<NamedSet> sets() {
        List<NamedSet> sets = new ArrayList<>();
        names.forEach((name, declared) -> {
            if (declared instanceof Declared.OfSet set && set.value() instanceof Part.Fixed fixed) {
                if (fixed.kind() == ElementKind.ADDRESS) {
                    sets.add(new NamedSet(name, fixed.members().addresses(), IntervalSet.EMPTY));
                } else if (fixed.kind() == ElementKind.NUMBER) {
                    sets.add(
                            new NamedSet(name, AddressSet.EMPTY, fixed.members().numbers()));
                }
            }
        });
        return sets;
    }

    /** Returns the state of the policy. */
    public State state() {
        return new State(
                all(Declared.OfLive.class).stream().map(Declared.OfLive::set).toList(),
                all(Declared.OfTable.class).stream()
                        .map(Declared.OfTable::table)
                        .toList(),
                all(Declared.OfCounter.class).stream()
                        .map(Declared.OfCounter::counter)
                        .toList(),
                all(Declared.OfRate.class).stream().map(Declared.OfRate::rate).toList());
    }

    /**
     * Returns the declaration with this name, which must be of this kind; empty after a report here
     * or at the declaration.
     */
    public <D extends Declared> Optional<D> named(Class<D> kind, String word, Name name, Findings findings) {
        Optional<Declared> declared = find(name.text());
        if (declared.filter(kind::isInstance).isPresent()) {
            return declared.map(kind::cast);
        }
        if (declared.isEmpty()) {
            List<String> known = names.entrySet().stream()
                    .filter(entry -> kind.isInstance(entry.getValue()) || entry.getValue() instanceof Declared.Failed)
                    .map(Map.Entry::getKey)
                    .toList();
            findings.add(
                    Diagnostic.of(Code.UNKNOWN_NAME, name.span(), "no %s is named `%s`".formatted(word, name.text()))
                            .help(DidYouMean.help(name.text(), known)
                                    .orElse(
                                            known.isEmpty()
                                                    ? "declare it; this policy has no %s".formatted(word)
                                                    : DidYouMean.oneOf(known))));
        } else if (!(declared.get() instanceof Declared.Failed)) {
            findings.add(Diagnostic.of(
                            Code.WRONG_KIND,
                            name.span(),
                            "`%s` is a %s, but a %s is expected here"
                                    .formatted(name.text(), declared.get().kind(), word))
                    .help("write the name of a %s, or declare one".formatted(word))
                    .note(declared.get().at(), "`%s` is declared here".formatted(name.text())));
        }
        return Optional.empty();
    }

    /** Returns the names that fit here, for suggestions. */
    Collection<String> fitting(Expected expected) {
        return names.entrySet().stream()
                .filter(entry -> fits(entry.getValue(), expected))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean fits(Declared declared, Expected expected) {
        if (declared instanceof Declared.Failed) {
            return true;
        }
        if (declared instanceof Declared.OfParam param) {
            return param.param().type() == expected.type();
        }
        if (declared instanceof Declared.OfLive live) {
            return LiveSet.fieldType(live.set().type()) == expected.type();
        }
        return declared instanceof Declared.OfSet set
                && set.value() instanceof Part.Fixed fixed
                && expected.kind().takes(fixed.kind());
    }

    Collection<String> predicates() {
        return names.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Declared.OfPredicate)
                .map(Map.Entry::getKey)
                .toList();
    }

    public Collection<String> all() {
        return names.keySet();
    }
}
