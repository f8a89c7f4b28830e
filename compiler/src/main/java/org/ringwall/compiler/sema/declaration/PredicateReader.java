// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.declaration;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.report.Diagnostic.Severity;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.GuardReader;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/**
 * A reader of predicates. A predicate is valid if at least one hook has all its fields. For each
 * use it is read again, with the fields of the block.
 */
final class PredicateReader {
    /**
     * The maximum number of conditions of a predicate, including those of predicates that it uses.
     * Greater ones should be sets.
     */
    static final int MOST_ATOMS = 4096;

    /** The maximum nesting depth of predicates. */
    static final int DEEPEST = 32;

    private final Map<String, Item.Predicate> predicates;
    private final Declarations declarations;
    private final Findings findings;
    private final Map<String, Size> sizes = new HashMap<>();
    private final Deque<String> path = new ArrayDeque<>();

    /**
     * The number of conditions and the depth, including nested predicates; not `good` after a
     * report.
     */
    private record Size(long atoms, int depth, boolean good) {
        static final Size BAD = new Size(0, 0, false);
    }

    private PredicateReader(Map<String, Item.Predicate> predicates, Declarations declarations, Findings findings) {
        this.predicates = predicates;
        this.declarations = declarations;
        this.findings = findings;
    }

    /**
     * Declares each predicate after those that it uses. INVARIANT: sets and params are declared.
     */
    static void read(Map<String, Item.Predicate> predicates, Declarations declarations, Findings findings) {
        PredicateReader reader = new PredicateReader(new LinkedHashMap<>(predicates), declarations, findings);
        predicates.keySet().forEach(reader::size);
    }

    private Size size(String name) {
        Optional<Size> known = Optional.ofNullable(sizes.get(name));
        if (known.isPresent()) {
            return known.get();
        }
        Item.Predicate predicate = Optional.ofNullable(predicates.get(name)).orElseThrow();
        path.addLast(name);
        Size size = measured(predicate);
        path.removeLast();
        Span at = predicate.name().span();
        boolean good = size.good() && fitsSomewhere(predicate);
        Size declared = good ? size : Size.BAD;
        sizes.put(name, declared);
        declarations.put(
                name,
                good
                        ? new Declarations.Declared.OfPredicate(predicate.guard(), at)
                        : new Declarations.Declared.Failed(at));
        return declared;
    }

    private Size measured(Item.Predicate predicate) {
        List<Expr.Flag> flags = Flags.in(predicate.guard());
        long atoms = Flags.atoms(predicate.guard());
        int depth = 0;
        boolean good = true;
        for (Expr.Flag flag : flags) {
            String name = flag.field().text();
            if (!predicates.containsKey(name)) {
                continue;
            }
            if (path.contains(name)) {
                circle(flag);
                return Size.BAD;
            }
            if (path.size() >= DEEPEST) {
                tooLarge(flag.span(), "predicates are nested more than %d levels deep here".formatted(DEEPEST));
                return Size.BAD;
            }
            Size inner = size(name);
            good &= inner.good();
            atoms += inner.atoms() - 1;
            depth = Math.max(depth, inner.depth());
        }
        if (good && depth + 1 > DEEPEST) {
            tooLarge(predicate.name().span(), "predicates are nested more than %d levels deep here".formatted(DEEPEST));
            return Size.BAD;
        }
        if (good && atoms > MOST_ATOMS) {
            tooLarge(
                    predicate.name().span(),
                    "`%s` has %d conditions, with those of its predicates; the limit is %d"
                            .formatted(predicate.name().text(), atoms, MOST_ATOMS));
            return Size.BAD;
        }
        return new Size(atoms, depth + 1, good);
    }

    private void circle(Expr.Flag closing) {
        List<String> round = List.copyOf(path);
        String name = closing.field().text();
        List<String> members = round.subList(round.indexOf(name), round.size());
        String way = members.size() == 1
                ? "refers to itself"
                : "refers to itself through `%s`".formatted(String.join("`, `", members.subList(1, members.size())));
        findings.add(Diagnostic.of(Code.PREDICATE_CYCLE, closing.span(), "the predicate `%s` %s".formatted(name, way))
                .help("write the conditions instead of the predicate")
                .note(
                        Optional.ofNullable(predicates.get(name))
                                .orElseThrow()
                                .name()
                                .span(),
                        "`%s` is declared here".formatted(name)));
    }

    private void tooLarge(Span at, String message) {
        findings.add(Diagnostic.of(Code.PREDICATE_TOO_LARGE, at, message)
                .help("write many values as a `set`, and test it with `in`"));
    }

    /**
     * Whether some hook has all the fields; if none does, reports the errors at the hook with the
     * fewest.
     */
    private boolean fitsSomewhere(Item.Predicate predicate) {
        Optional<List<Diagnostic>> nearest = Optional.empty();
        for (Hook hook : Hook.values()) {
            Findings here = new Findings();
            GuardReader reader = new GuardReader(
                    new Block.Target.OfHook(hook),
                    List.of(hook),
                    declarations,
                    new TargetFloor(here, true, List.of()),
                    here);
            predicate.guard().accept(reader);
            List<Diagnostic> errors = here.all().stream()
                    .filter(said -> said.severity() == Severity.ERROR)
                    .toList();
            if (errors.isEmpty()) {
                return true;
            }
            if (nearest.isEmpty() || errors.size() < nearest.get().size()) {
                nearest = Optional.of(errors);
            }
        }
        String name = predicate.name().text();
        for (Diagnostic said : nearest.orElseThrow()) {
            findings.add(
                    said.code() == Code.FIELD_NOT_HERE
                            ? said.note(predicate.name().span(), "no hook has all the fields of `%s`".formatted(name))
                            : said);
        }
        return false;
    }

    /** The flags of a guard, and the number of its conditions. */
    private static final class Flags {
        private Flags() {}

        static List<Expr.Flag> in(Expr guard) {
            return leaves(guard).stream()
                    .filter(Expr.Flag.class::isInstance)
                    .map(Expr.Flag.class::cast)
                    .toList();
        }

        static long atoms(Expr guard) {
            return leaves(guard).size();
        }

        private static List<Expr> leaves(Expr guard) {
            if (guard instanceof Expr.Or or) {
                return or.operands().stream()
                        .flatMap(one -> leaves(one).stream())
                        .toList();
            }
            if (guard instanceof Expr.And and) {
                return and.operands().stream()
                        .flatMap(one -> leaves(one).stream())
                        .toList();
            }
            return guard instanceof Expr.Not not ? leaves(not.operand()) : List.of(guard);
        }
    }
}
