// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.bypass.OptionTwins;
import org.ringwall.compiler.bypass.UnixPaths;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PendingEffects;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/** The checks that need the diagrams of all rules, other than the one for unreachable rules. */
final class WholePolicy {
    /** The accesses of an open: reading, writing, and both. */
    private static final List<Long> OPENING = List.of(2L, 4L, 6L);

    private final Policy policy;

    private WholePolicy(Policy policy) {
        this.policy = policy;
    }

    static List<Diagnostic> diagnostics(Policy policy, PolicyDiagrams diagrams) {
        WholePolicy whole = new WholePolicy(policy);
        List<Diagnostic> all = new ArrayList<>(whole.changedRedirects(diagrams));
        all.addAll(whole.optionTwins(OptionTwins.left(policy, diagrams)));
        UnixPaths.avoidable(policy, diagrams).stream()
                .map(
                        rule -> Diagnostic.of(
                                        Code.PATH_DENIED,
                                        rule.span(),
                                        "another path, as `//run/x`, a relative one or a link to it, is allowed and names the same socket")
                                .help(
                                        "allow whole paths, as `allow if path == \"/run/app/db.sock\"`, and write `default deny`"))
                .forEach(all::add);
        diagrams.decisions().stream()
                .filter(decision -> decision.hook() == Hook.DEVICE)
                .forEach(decision -> all.addAll(whole.countedTwice(decision)));
        return all;
    }

    /** Returns one warning for each rule that limits options which others still set. */
    private List<Diagnostic> optionTwins(List<OptionTwins.Left> left) {
        Map<RuleRef, List<OptionTwins.Left>> byRule = left.stream()
                .filter(twin -> !twin.meant())
                .collect(Collectors.groupingBy(OptionTwins.Left::limiting, TreeMap::new, Collectors.toList()));
        List<Diagnostic> warnings = new ArrayList<>();
        byRule.forEach((ref, twins) -> {
            Rule rule = ref.in(policy);
            String limited = rule.denies() ? "denied" : "assigned";
            String pairs = twins.stream()
                    .map(twin -> "`%s` is %s here, and `%s` can set the same"
                            .formatted(OptionTwins.name(twin.option()), limited, OptionTwins.name(twin.other())))
                    .collect(Collectors.joining("; "));
            warnings.add(Diagnostic.of(Code.OPTION_TWIN, rule.span(), pairs)
                    .help("write `%s`, or extend this rule to them".formatted(OptionTwins.denial(twins))));
        });
        return warnings;
    }

    /**
     * A redirect, and the rule of a later block that would change the destination of the same
     * request.
     */
    private record Change(RuleRef redirect, RuleRef assign) {}

    private List<Diagnostic> changedRedirects(PolicyDiagrams diagrams) {
        Map<Change, Diagnostic> found = new LinkedHashMap<>();
        for (HookDecision decision : diagrams.decisions()) {
            for (Node<Outcome> node : DiagramTraversal.topological(decision.root())) {
                if (node instanceof Node.Leaf<Outcome> leaf) {
                    change(leaf.value()).ifPresent(change -> found.computeIfAbsent(change, this::changed));
                }
            }
        }
        return List.copyOf(found.values());
    }

    private Optional<Change> change(Outcome outcome) {
        List<Effect> afterRedirect = outcome.writes().stream()
                .dropWhile(effect -> !(effect instanceof Effect.Redirect))
                .toList();
        if (afterRedirect.stream().noneMatch(WholePolicy::assignsDestination)) {
            return Optional.empty();
        }
        Optional<RuleRef> redirect = outcome.rules().stream()
                .filter(ref -> ref.in(policy).writes().contains(afterRedirect.get(0)))
                .reduce((first, last) -> last);
        return redirect.flatMap(leading -> outcome.rules().stream()
                .filter(ref -> ref.block() > leading.block()
                        && ref.in(policy).writes().stream().anyMatch(WholePolicy::assignsDestination))
                .findFirst()
                .map(later -> new Change(leading, later)));
    }

    private static boolean assignsDestination(Effect effect) {
        return effect instanceof Effect.Assign assign
                && (assign.field() == Field.REMOTE_IP || assign.field() == Field.REMOTE_PORT);
    }

    private Diagnostic changed(Change change) {
        return Diagnostic.of(
                        Code.REDIRECT_CHANGED,
                        change.assign().in(policy).span(),
                        "this rule changes where a redirected request goes, to an endpoint that no rule names")
                .note(change.redirect().in(policy).span(), "the request is redirected here")
                .help(
                        "write the whole destination in the `redirect`, or exclude such requests in the guard of this rule");
    }

    private List<Diagnostic> countedTwice(HookDecision decision) {
        SortedSet<RuleRef> rules = new TreeSet<>();
        counting(decision.root(), Outcome::records, rules);
        decision.effects().forEach(aside -> counting(aside, PendingEffects::records, rules));
        return rules.stream().map(this::twice).toList();
    }

    /** The records of a leaf. */
    private interface Records<T> {
        List<Recording> of(T leaf);
    }

    /** Adds the rules that count or take a token when a block device is opened. */
    private static <T> void counting(Node<T> root, Records<T> records, SortedSet<RuleRef> rules) {
        NodeTable<T> forest = new NodeTable<>();
        Node<T> blocks = forest.restrict(forest.map(root, leaf -> leaf), Variable.DEV_TYPE, DeviceKind.BLOCK.number());
        for (long access : OPENING) {
            for (Node<T> node : DiagramTraversal.topological(forest.restrict(blocks, Variable.ACCESS, access))) {
                if (node instanceof Node.Leaf<T> leaf) {
                    records.of(leaf.value()).stream()
                            .filter(record -> record.effect() instanceof Effect.Count)
                            .forEach(record -> rules.add(record.rule()));
                } else if (node instanceof Node.PredicateTest<T> test
                        && test.predicate() instanceof Predicate.Token token) {
                    rules.add(token.rule());
                }
            }
        }
    }

    private Diagnostic twice(RuleRef ref) {
        return Diagnostic.of(
                        Code.COUNTED_TWICE,
                        ref.in(policy).span(),
                        "opening a block device counts twice here: the kernel invokes the hook for the node and for the device")
                .help("expect two for each open, or exclude block devices: `dev.type == char`");
    }
}
