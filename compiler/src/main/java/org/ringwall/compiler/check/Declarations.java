package org.ringwall.compiler.check;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.policy.Param;
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

        /** Something is wrong with it, and that has been said. */
        record Failed(Span at) implements Declared {}
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
        return declared instanceof Declared.OfSet set
                && set.value() instanceof Part.Fixed fixed
                && expected.kind().takes(fixed.kind());
    }

    Collection<String> all() {
        return names.keySet();
    }
}
