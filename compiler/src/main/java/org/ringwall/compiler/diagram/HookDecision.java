// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.strings.Classifier;

/**
 * The complete decision of a policy at one hook.
 *
 * @param root the reduced verdict diagram, whose leaves name the deciding rules
 * @param effects the effect diagrams of rules without a verdict ({@link EffectDiagrams}); the root
 *     does not contain their effects
 * @param strings the classes of each string variable that a guard tests
 * @param duties further actions at this hook
 */
public record HookDecision(
        Hook hook,
        Node<Outcome> root,
        List<Node<PendingEffects>> effects,
        Map<Variable, Classifier> strings,
        Set<Duty> duties) {
    /** An action at this hook that the policy needs for its rules at other hooks. */
    public enum Duty {
        /** At sock_create: stamps the socket with its creator. */
        STAMP,
        /**
         * At sock_create: stamps MPTCP sockets, because kernel workers connect their further
         * subflows.
         */
        STAMP_MPTCP,
        /**
         * At hooks without a calling task: reads the stamps of sockets, so that records can name
         * the creator.
         */
        TELL_MAKER,
        /** At recvmsg and getpeername: shows the original destination of a redirected socket. */
        RECALL,
        /**
         * At connect: forgets the original destination of an endpoint when the socket connects to
         * that endpoint by its own name.
         */
        DROP_ORIGINAL,
        /**
         * At sock_ops: passes the original destination of a redirected connection to the accepting
         * socket.
         */
        HAND_OVER,
        /** At sock_ops: marks established connections, so that their ends are events. */
        FOLLOW,
        /** At getsockopt: returns the original destination for SO_ORIGINAL_DST. */
        ANSWER
    }

    public HookDecision {
        effects = List.copyOf(effects);
        strings = Collections.unmodifiableMap(new TreeMap<>(strings));
        duties = Collections.unmodifiableSet(duties.isEmpty() ? EnumSet.noneOf(Duty.class) : EnumSet.copyOf(duties));
        boolean stamps = duties.contains(Duty.STAMP) || duties.contains(Duty.STAMP_MPTCP);
        if (stamps && hook != Hook.SOCK_CREATE) {
            throw new IllegalArgumentException("no socket is made at " + hook);
        }
    }

    /** Creates a decision without effect diagrams and duties. */
    public HookDecision(Hook hook, Node<Outcome> root, Map<Variable, Classifier> strings) {
        this(hook, root, List.of(), strings, Set.of());
    }

    /** Returns the same decision at another hook, without duties. */
    HookDecision at(Hook other) {
        return new HookDecision(other, root, effects, strings, Set.of());
    }

    /** Returns whether sockets are stamped here. */
    public boolean stamps() {
        return duties.contains(Duty.STAMP);
    }

    /** Returns whether only MPTCP sockets are stamped here. */
    public boolean stampsMptcp() {
        return duties.contains(Duty.STAMP_MPTCP) && !stamps();
    }

    /** Returns whether the original destination of a redirected socket is shown here. */
    public boolean recalls() {
        return duties.contains(Duty.RECALL);
    }

    /**
     * Returns whether the original destination is forgotten here when a socket connects to a
     * redirect's endpoint itself.
     */
    public boolean dropsOriginals() {
        return duties.contains(Duty.DROP_ORIGINAL);
    }

    /**
     * Returns whether the original destination passes from the client's socket to the accepted one
     * here.
     */
    public boolean handsOver() {
        return duties.contains(Duty.HAND_OVER);
    }

    /** Returns whether connections are followed from here to their end. */
    public boolean follows() {
        return duties.contains(Duty.FOLLOW);
    }

    /** Returns whether an accepted socket reports the original destination here. */
    public boolean answers() {
        return duties.contains(Duty.ANSWER);
    }

    /** Returns a decision without rules that has only this duty. */
    static HookDecision ofDuty(Hook hook, Duty duty) {
        Node<Outcome> allow = new NodeTable<Outcome>().leaf(new Outcome(Verdict.ALLOW, List.of()));
        return new HookDecision(hook, allow, List.of(), Map.of(), Set.of(duty));
    }

    /** Returns this decision with one more duty. */
    HookDecision with(Duty duty) {
        Set<Duty> all = EnumSet.of(duty);
        all.addAll(duties);
        return new HookDecision(hook, root, effects, strings, all);
    }

    /** Returns whether a test or a key at this hook depends on the socket's stamp. */
    boolean readsStamps() {
        if (!HookFields.readsStamps(hook)) {
            return false;
        }
        boolean tests =
                nodes().anyMatch(node -> node instanceof Node.Split<?> split && split.variable() == Variable.STAMPED);
        return tests
                || keys().stream()
                        .flatMap(key -> key.fields().stream())
                        .anyMatch(
                                field -> FieldReadings.at(hook).variables(field).contains(Variable.STAMPED));
    }

    /** Returns the number of edges of its diagrams; a node that is not a split counts as one. */
    public long edges() {
        return nodes().mapToLong(node ->
                        node instanceof Node.Split<?> split ? split.edges().size() : 1)
                .sum();
    }

    /**
     * Returns about how many instruction slots the tests take: comparisons, lookups in live sets,
     * and the buckets of rates. Measured on policies of one rule.
     */
    long cost() {
        return nodes().mapToLong(HookDecision::cost).sum();
    }

    private static long cost(Node<?> node) {
        if (node instanceof Node.Split<?> split) {
            return split.edges().size();
        }
        return node instanceof Node.PredicateTest<?> test ? test.predicate().accept(new TestCost()) : 0;
    }

    /** The slots of a test. Those of a guard are the tests of its condition. */
    private static final class TestCost implements Predicate.Visitor<Long> {
        @Override
        public Long compareParam(Predicate.CompareParam predicate) {
            return 4L;
        }

        @Override
        public Long inLive(Predicate.InLive predicate) {
            return 16L;
        }

        @Override
        public Long token(Predicate.Token predicate) {
            return 128L;
        }

        @Override
        public Long hasEntry(Predicate.HasEntry predicate) {
            return 16L;
        }

        @Override
        public Long firstIn(Predicate.FirstIn predicate) {
            return 32L;
        }

        @Override
        public Long guardHolds(Predicate.GuardHolds predicate) {
            return 0L;
        }

        @Override
        public Long globMatches(Predicate.GlobMatches predicate) {
            return 4L;
        }
    }

    /**
     * Returns every node of the effect diagrams, of the verdict diagram, and of the guards that
     * they test as a whole.
     */
    Stream<Node<?>> nodes() {
        return Stream.concat(effects.stream().flatMap(HookDecision::within), within(root));
    }

    private static Stream<Node<?>> within(Node<?> diagram) {
        return DiagramTraversal.topological(diagram).stream()
                .flatMap(node -> node instanceof Node.PredicateTest<?> test
                                && test.predicate() instanceof Predicate.GuardHolds guard
                        ? Stream.concat(Stream.of(node), within(guard.condition()))
                        : Stream.of(node));
    }

    /** Returns the keys of all rates, tables and counters that are used here. */
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        effects.forEach(aside -> DiagramTraversal.leaves(aside, noted -> counted(noted.records(), keys)));
        for (Node<Outcome> node : DiagramTraversal.topological(root)) {
            if (node instanceof Node.PredicateTest<Outcome> test && test.predicate() instanceof Predicate.Token token) {
                keys.add(token.rate().key());
            } else if (node instanceof Node.PredicateTest<Outcome> test
                    && test.predicate() instanceof Predicate.HasEntry entry) {
                keys.add(entry.table().key());
            } else if (node instanceof Node.Leaf<Outcome> leaf) {
                counted(leaf.value().records(), keys);
                leaf.value().writes().stream()
                        .filter(effect -> effect instanceof Effect.Redirect redirect
                                && redirect.to() instanceof Destination.Looked)
                        .forEach(effect -> keys.add(((Destination.Looked) ((Effect.Redirect) effect).to())
                                .table()
                                .key()));
            }
        }
        return List.copyOf(keys);
    }

    /**
     * Returns whether the number of segments of a packet matters, because packets or bytes are
     * counted or tokens are taken.
     */
    public boolean weighsPackets() {
        return hook.context() == ContextStruct.SK_BUFF
                && nodes().anyMatch(node -> node instanceof Node.PredicateTest<?> test
                                && test.predicate() instanceof Predicate.Token token
                                && token.taken()
                        || node instanceof Node.Leaf<?> leaf && weighs(leaf.value()));
    }

    private static boolean weighs(Object leaf) {
        List<Recording> records = leaf instanceof Outcome outcome
                ? outcome.records()
                : leaf instanceof PendingEffects noted ? noted.records() : List.of();
        return records.stream()
                .map(Recording::effect)
                .anyMatch(effect -> effect instanceof Effect.Count count
                        && count.counter().columns().stream()
                                .anyMatch(column ->
                                        column.unit() == CounterUnit.PACKETS || column.unit() == CounterUnit.BYTES));
    }

    private static void counted(List<Recording> records, List<Key> keys) {
        records.stream()
                .map(Recording::effect)
                .filter(Effect.Count.class::isInstance)
                .forEach(effect -> keys.add(((Effect.Count) effect).counter().key()));
    }

    /**
     * Returns the number of tests of a variable or predicate, without {@link Predicate.FirstIn}.
     */
    int tests() {
        return (int) nodes().filter(HookDecision::isTest).count();
    }

    /** Returns the same number for one diagram. */
    static int tests(Node<?> root) {
        return (int) within(root).filter(HookDecision::isTest).count();
    }

    /**
     * Returns whether the node tests a variable or a predicate other than
     * {@link Predicate.FirstIn}.
     */
    private static boolean isTest(Node<?> node) {
        return node instanceof Node.Split
                || node instanceof Node.PredicateTest<?> test && !(test.predicate() instanceof Predicate.FirstIn);
    }

    /** Returns whether rules are combined as {@link BitVectorClassifier} here. */
    public boolean intersects() {
        return tests(Predicate.FirstIn.class);
    }

    /** Returns whether some rules are tested in turn here, each as a whole. */
    public boolean testsInTurn() {
        return tests(Predicate.GuardHolds.class);
    }

    /** Returns whether the rules have another form than {@link RuleForm#DIAGRAM} here. */
    boolean isNotOneDiagram() {
        return intersects() || testsInTurn();
    }

    private boolean tests(Class<? extends Predicate> kind) {
        return nodes().anyMatch(
                        node -> node instanceof Node.PredicateTest<?> test && kind.isInstance(test.predicate()));
    }

    /** Returns whether some request leaves a record here. */
    public boolean records() {
        return DiagramTraversal.anyLeaf(root, outcome -> !outcome.records().isEmpty())
                || effects.stream()
                        .anyMatch(aside -> DiagramTraversal.anyLeaf(
                                aside, noted -> !noted.records().isEmpty()));
    }

    /** Returns whether some request is redirected here. */
    public boolean redirects() {
        return DiagramTraversal.anyLeaf(
                root, outcome -> outcome.writes().stream().anyMatch(Effect.Redirect.class::isInstance));
    }
}
