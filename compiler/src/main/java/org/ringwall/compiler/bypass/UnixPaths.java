// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;

/**
 * The judges of blocks that name Unix sockets by path. The hooks see the path as the caller wrote
 * it (unix_stream_connect and unix_dgram_sendmsg in net/unix/af_unix.c); the kernel resolves it
 * afterwards, in the mount namespace of the caller. A name that begins with `@` is abstract, and
 * has no other spelling.
 */
public final class UnixPaths {
    private static final Map<Hook, Hook> COUNTERPARTS = Map.of(
            Hook.CONNECT_UNIX, Hook.SENDMSG_UNIX,
            Hook.SENDMSG_UNIX, Hook.CONNECT_UNIX,
            Hook.POST_BIND4, Hook.POST_BIND6,
            Hook.POST_BIND6, Hook.POST_BIND4);

    private UnixPaths() {}

    /**
     * Returns the rules that deny a socket by path where another spelling of the path is allowed.
     */
    public static List<Rule> avoidable(Policy policy, PolicyDiagrams diagrams) {
        Decisions decisions = new Decisions(policy, diagrams);
        return policy.blocks().stream()
                .filter(block -> block.target() instanceof Block.Target.OfHook one
                        && !beside(one.hook(), decisions, Kind.OPEN_ENDED).isEmpty())
                .flatMap(block -> block.rules().stream())
                .filter(rule -> rule.denies() && rule.guard().reads(Field.PATH))
                .toList();
    }

    private static Hook hook(Block.Target block) {
        return ((Block.Target.OfHook) block).hook();
    }

    /**
     * A bypass by another hook that the kernel invokes for the same thing. It is closed if the two
     * hooks have the same rules, or if the other one denies everything.
     */
    record Counterpart() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            Hook other = Objects.requireNonNull(COUNTERPARTS.get(hook(block)));
            String words = decisions.written(hook(block)).stream()
                    .collect(Collectors.joining("; ", "on " + other.word() + " { ", " }"));
            if (decisions.at(other).isEmpty()) {
                return new Judgement(
                        Status.OPEN,
                        "the kernel invokes " + other.word() + ", and the policy has no rules there",
                        List.of(),
                        Optional.of(words));
            }
            if (decisions.written(hook(block)).equals(decisions.written(other))) {
                return new Judgement(Status.CLOSED, other.word() + " has the same rules");
            }
            boolean allows = decisions.outcomes(other, List.of(Map.of())).stream()
                    .anyMatch(outcome -> outcome.verdict().allows());
            return allows
                    ? new Judgement(Status.NARROWED, other.word() + " has other rules", List.of(), Optional.of(words))
                    : new Judgement(Status.CLOSED, other.word() + " denies everything");
        }
    }

    /**
     * Another spelling of a denied path. The bypass is open if the policy allows some caller
     * anything but whole, absolute paths and abstract names, and denies it another path.
     */
    record OtherPath() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            List<Outcome> allowing = beside(hook(block), decisions, Kind.OPEN_ENDED);
            if (allowing.isEmpty()) {
                return new Judgement(
                        Status.CLOSED,
                        "only whole absolute paths and abstract names are allowed to a caller to whom a path is denied");
            }
            return new Judgement(
                    Status.OPEN,
                    "paths are allowed that may lead to a denied socket",
                    allowing.stream()
                            .flatMap(outcome -> outcome.rules().stream())
                            .distinct()
                            .sorted()
                            .toList(),
                    Optional.of(
                            "on " + hook(block).word() + " { allow if path == \"/run/app/db.sock\"; default deny }"));
        }
    }

    /**
     * A mount over an allowed path. The bypass is outside if the policy allows some caller a path,
     * and denies it another.
     */
    record MountedPath() implements Judge {
        @Override
        public Judgement judge(Block.Target block, Decisions decisions) {
            boolean allowed = !beside(hook(block), decisions, Kind.OPEN_ENDED).isEmpty()
                    || !beside(hook(block), decisions, Kind.WHOLE).isEmpty();
            return allowed
                    ? new Judgement(
                            Status.OUTSIDE, "the kernel resolves the path after the hook, in the mounts of the caller")
                    : new Judgement(Status.CLOSED, "no path is allowed to a caller to whom another is denied");
        }
    }

    /** What the strings of a class are. */
    private enum Kind {
        /** One absolute path without `.`, `..`, repeated slashes and /proc. */
        WHOLE,
        /** Abstract names, or no name. */
        ABSTRACT,
        /** Any other set of paths. */
        OPEN_ENDED,
        /** A path that the program could not read. */
        UNREAD
    }

    private static Kind kind(Classifier classifier, int number) {
        var known = classifier.classes().get(number);
        if (known.absent()) {
            return Kind.ABSTRACT;
        }
        if (known.unknown().size() == classifier.patterns().size()) {
            return Kind.UNREAD;
        }
        for (int index : known.matched()) {
            StringPattern pattern = classifier.patterns().get(index);
            String text = pattern.text();
            boolean exact = pattern.kind() == StringPattern.Kind.EXACT;
            if (text.startsWith("@") && (exact || pattern.kind() == StringPattern.Kind.PREFIX)) {
                return Kind.ABSTRACT;
            }
            if (exact) {
                boolean plain = text.startsWith("/")
                        && !text.startsWith("/proc/")
                        && !text.contains("//")
                        && Stream.of(text.split("/")).noneMatch(Set.of(".", "..")::contains);
                return plain ? Kind.WHOLE : Kind.OPEN_ENDED;
            }
        }
        return Kind.OPEN_ENDED;
    }

    /**
     * Returns the outcomes that allow paths of this kind, if some caller is allowed one of them and
     * denied another path.
     */
    private static List<Outcome> beside(Hook hook, Decisions decisions, Kind kind) {
        Optional<Classifier> strings = decisions.strings(hook, Variable.PATH);
        Optional<Node<Outcome>> root = decisions.at(hook);
        if (strings.isEmpty() || root.isEmpty()) {
            return List.of();
        }
        IntervalSet wanted = numbers(strings.get(), kind::equals);
        IntervalSet paths = numbers(strings.get(), each -> each == Kind.WHOLE || each == Kind.OPEN_ENDED);
        NodeTable<Boolean> forest = new NodeTable<>(decisions.order());
        Node<Boolean> allowed =
                forest.map(root.get(), outcome -> outcome.verdict().allows());
        Node<Boolean> denied = forest.map(allowed, allows -> !allows);
        boolean both = Reachable.meet(
                decisions.order(),
                new Somewhere(forest, Map.of(Variable.PATH, wanted)).of(allowed),
                new Somewhere(forest, Map.of(Variable.PATH, paths)).of(denied));
        return !both || wanted.isEmpty()
                ? List.of()
                : decisions.outcomes(hook, List.of(Map.of(Variable.PATH, wanted))).stream()
                        .filter(outcome -> outcome.verdict().allows())
                        .toList();
    }

    private static IntervalSet numbers(Classifier classifier, Predicate<Kind> wanted) {
        return Judge.numbers(IntStream.range(0, classifier.classes().size())
                .filter(number -> wanted.test(kind(classifier, number)))
                .toArray());
    }
}
