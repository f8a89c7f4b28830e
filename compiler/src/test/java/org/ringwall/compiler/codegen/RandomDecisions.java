// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.NodeTable;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.StringPattern;

/** A generator of diagrams with shared nodes over the variables of a hook. */
final class RandomDecisions {
    static final List<String> NAMES = List.of(
            "a",
            "fs/file-max",
            "kernel/hostname",
            "kernel/hostnamf",
            "kernel/osrelease",
            "net/ipv4/ip_forwarD",
            "net/ipv4/ip_forward",
            "vm/overcommit_memory/and/more/than/that");

    private final Random random;
    private final Hook hook;
    private final List<Variable> variables;
    private final List<Param> params;
    private final NodeTable<Outcome> forest = new NodeTable<>();

    RandomDecisions(Random random, Hook hook, List<Param> params) {
        this.random = random;
        this.hook = hook;
        this.variables = variables(hook);
        this.params = params;
    }

    static List<Variable> variables(Hook hook) {
        return switch (hook) {
            case CONNECT4, SENDMSG4, BIND4 ->
                List.of(Variable.TYPE, Variable.PROTOCOL, Variable.PORT, Variable.IP4, Variable.UID, Variable.GID);
            case CONNECT6, SENDMSG6, BIND6 ->
                List.of(
                        Variable.TYPE,
                        Variable.PROTOCOL,
                        Variable.PORT,
                        Variable.IP6_HIGH,
                        Variable.IP6_LOW,
                        Variable.UID,
                        Variable.GID);
            case SOCK_CREATE ->
                List.of(
                        Variable.FAMILY,
                        Variable.TYPE,
                        Variable.PROTOCOL,
                        Variable.BOUND_IF,
                        Variable.MARK,
                        Variable.PRIORITY,
                        Variable.UID,
                        Variable.GID);
            case DEVICE ->
                List.of(Variable.DEV_TYPE, Variable.ACCESS, Variable.MAJOR, Variable.MINOR, Variable.UID, Variable.GID);
            case SYSCTL -> List.of(Variable.WRITE, Variable.NAME, Variable.UID, Variable.GID);
            default -> throw new IllegalArgumentException(hook + " has no policies");
        };
    }

    HookDecision generate() {
        List<Node<Outcome>> pool = new ArrayList<>();
        List<Verdict> verdicts = List.of(
                Verdict.ALLOW, Verdict.DENY, new Verdict.Deny(Errno.EACCES), new Verdict.Deny(Errno.ECONNREFUSED));
        for (int rule = 0; rule < 5; rule++) {
            pool.add(forest.leaf(new Outcome(
                    verdicts.get(rule % verdicts.size()),
                    rule == 0 ? List.of() : List.of(new RuleRef(0, (rule - 1) % 3)))));
        }
        for (int i = variables.size() - 1; i >= 0; i--) {
            Variable variable = variables.get(i);
            List<Node<Outcome>> more = new ArrayList<>();
            if (variable != Variable.NAME) {
                addTests(variable, pool, more);
            }
            List<Node<Outcome>> below = new ArrayList<>(pool);
            below.addAll(more);
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                more.add(split(variable, below));
            }
            pool.addAll(more);
        }
        return new HookDecision(
                hook, pool.get(pool.size() - 1), hook == Hook.SYSCTL ? Map.of(Variable.NAME, names()) : Map.of());
    }

    private static Classifier names() {
        try {
            return Classifier.of(
                    StringKind.SYSCTL_NAME,
                    NAMES.stream().map(StringPattern::exact).collect(Collectors.toCollection(TreeSet::new)));
        } catch (TooManyStatesException e) {
            throw new IllegalStateException(e);
        }
    }

    private void addTests(Variable variable, List<Node<Outcome>> pool, List<Node<Outcome>> more) {
        if (random.nextBoolean()) {
            List<Comparison> canonical = List.of(Comparison.EQ, Comparison.LT, Comparison.LE);
            Predicate predicate = new Predicate.CompareParam(
                    variable, canonical.get(random.nextInt(3)), params.get(random.nextInt(params.size())));
            more.add(forest.test(predicate, pick(pool), pick(pool)));
        }
    }

    private Node<Outcome> split(Variable variable, List<Node<Outcome>> below) {
        TreeSet<Long> highs = new TreeSet<>(Long::compareUnsigned);
        highs.add(variable.max());
        for (int n = random.nextInt(1, 12); n > 0; n--) {
            long high = value(random, variable);
            highs.add(high);
            if (random.nextBoolean() && high != 0) {
                highs.add(high - 1);
            }
        }
        Node<Outcome> usual = pick(below);
        List<Node.Edge<Outcome>> edges = new ArrayList<>();
        highs.forEach(high -> edges.add(new Node.Edge<>(high, random.nextInt(3) == 0 ? pick(below) : usual)));
        if (variable == Variable.NAME) {
            // Values above those of all names have no class of their own.
            edges.set(
                    edges.size() - 1,
                    new Node.Edge<>(variable.max(), edges.get(0).child()));
        }
        return forest.split(variable, edges);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Returns a value of the variable, often a small one or one at the end of its range. */
    static long value(Random random, Variable variable) {
        if (variable == Variable.NAME) {
            return random.nextInt(NAMES.size() + 1);
        }
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(10);
            case 1 -> variable.max() - random.nextInt(3);
            case 2 -> variable.max() / 2 + 1 - random.nextInt(3);
            default -> random.nextLong() & variable.max();
        };
    }
}
