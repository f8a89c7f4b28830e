package org.ringwall.compiler.check;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;

/** The names that a policy declares. INVARIANT: DeclarationReader fills it before any guard is read. */
final class Declarations {
    private final Map<String, Declared> names = new LinkedHashMap<>();
    private final Lists lists;

    Declarations(Lists lists) {
        this.lists = lists;
    }

    /** The lists that sets name. */
    Lists lists() {
        return lists;
    }

    /** What a name stands for. */
    sealed interface Declared {
        /** Where the name stands. */
        Span at();

        record OfSet(Part value, Span at) implements Declared {}

        record OfParam(Param param, Span at) implements Declared {}

        /** A guard that is read anew wherever it is asked. */
        record OfPredicate(Expr guard, Span at) implements Declared {}

        record OfLive(LiveSet set, Span at) implements Declared {}

        record OfTable(Table table, Span at) implements Declared {}

        record OfCounter(Counter counter, Span at) implements Declared {}

        record OfRate(Rate rate, Span at) implements Declared {}

        /** What the policy keeps, not read yet: constants are read before it, and cannot name it. */
        record Unread(String kind, Span at) implements Declared {}

        /** Something is wrong with it, and that has been said. */
        record Failed(Span at) implements Declared {}

        /** What it is, in a message. */
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

    void put(String name, Declared declared) {
        names.put(name, declared);
    }

    Optional<Declared> find(String name) {
        return Optional.ofNullable(names.get(name));
    }

    List<Param> params() {
        return names.values().stream()
                .filter(Declared.OfParam.class::isInstance)
                .map(declared -> ((Declared.OfParam) declared).param())
                .toList();
    }

    /** All of one kind, in the order of the text. */
    <D extends Declared> List<D> all(Class<D> kind) {
        return names.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** What the policy keeps. */
    State state() {
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
     * What is declared under a name that must stand for this kind; empty after a report, or after one where it was declared.
     */
    <D extends Declared> Optional<D> named(Class<D> kind, String word, Name name, Findings findings) {
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

    /** Names that could stand where this is expected, for "did you mean". */
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

    Collection<String> all() {
        return names.keySet();
    }
}
