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
 * Everything that a policy decides at one hook.
 *
 * @param root the reduced diagram, whose leaves name the deciding rules
 * @param asides what comes of rules that decide nothing and are told apart from what is decided ({@link Asides}); the root knows nothing
 *     of them
 * @param strings the classes of each string variable that a guard asks about
 * @param duties what else is done here
 */
public record HookDecision(
        Hook hook, Node<Outcome> root, List<Node<Noted>> asides, Map<Variable, Classifier> strings, Set<Duty> duties) {
    /** Something that is done for the sake of what the policy says at other hooks. */
    public enum Duty {
        /** At sock_create: the socket is stamped with who makes it. */
        STAMP,
        /** At sock_create: MPTCP sockets are stamped, since kernel workers connect their further subflows. */
        STAMP_MPTCP,
        /** Where no task asks: sockets carry stamps, so that records can tell who made one. */
        TELL_MAKER,
        /** Where the other end is named: a socket that was redirected shows where it wanted to go. */
        RECALL,
        /** At connect: an end that the socket was redirected to and is asked for by its own name is that end from now on. */
        DROP_ORIGINAL,
        /** At sock_ops: where a redirected connection wanted to go is handed to the end that accepts it. */
        HAND_OVER,
        /** At getsockopt: it is the answer to who asks for it. */
        ANSWER
    }

    public HookDecision {
        asides = List.copyOf(asides);
        strings = Collections.unmodifiableMap(new TreeMap<>(strings));
        duties = Collections.unmodifiableSet(duties.isEmpty() ? EnumSet.noneOf(Duty.class) : EnumSet.copyOf(duties));
        boolean stamps = duties.contains(Duty.STAMP) || duties.contains(Duty.STAMP_MPTCP);
        if (stamps && hook != Hook.SOCK_CREATE) {
            throw new IllegalArgumentException("no socket is made at " + hook);
        }
    }

    /** A decision without duties. */
    public HookDecision(Hook hook, Node<Outcome> root, Map<Variable, Classifier> strings) {
        this(hook, root, List.of(), strings, Set.of());
    }

    /** The same decision at another hook, without duties. */
    HookDecision at(Hook other) {
        return new HookDecision(other, root, asides, strings, Set.of());
    }

    /** Whether the socket is stamped here. */
    public boolean stamps() {
        return duties.contains(Duty.STAMP);
    }

    /** Whether MPTCP sockets are stamped here, and no others. */
    public boolean stampsMptcp() {
        return duties.contains(Duty.STAMP_MPTCP) && !stamps();
    }

    /** Whether a redirected socket's other end is called by its old name here. */
    public boolean recalls() {
        return duties.contains(Duty.RECALL);
    }

    /** Whether the end that a socket connects to is no longer one that it was redirected to. */
    public boolean dropsOriginals() {
        return duties.contains(Duty.DROP_ORIGINAL);
    }

    /** Whether where a connection wanted to go passes from its client's socket to the accepted one here. */
    public boolean handsOver() {
        return duties.contains(Duty.HAND_OVER);
    }

    /** Whether an accepted socket says here where its client wanted to go. */
    public boolean answers() {
        return duties.contains(Duty.ANSWER);
    }

    /** Nobody is asked, but something is done. */
    static HookDecision ofDuty(Hook hook, Duty duty) {
        Node<Outcome> allow = new Forest<Outcome>().leaf(new Outcome(Verdict.ALLOW, List.of()));
        return new HookDecision(hook, allow, List.of(), Map.of(), Set.of(duty));
    }

    /** The same with one duty more. */
    HookDecision with(Duty duty) {
        Set<Duty> all = EnumSet.of(duty);
        all.addAll(duties);
        return new HookDecision(hook, root, asides, strings, all);
    }

    /** Whether a request depends on the socket's stamp, or what is kept of it does. */
    boolean readsStamps() {
        if (!HookFields.readsStamps(hook)) {
            return false;
        }
        boolean asks =
                nodes().anyMatch(node -> node instanceof Node.Split<?> split && split.variable() == Variable.STAMPED);
        return asks
                || keys().stream()
                        .flatMap(key -> key.fields().stream())
                        .anyMatch(
                                field -> FieldReadings.at(hook).variables(field).contains(Variable.STAMPED));
    }

    /** Every node of what is decided and of what comes beside it. */
    Stream<Node<?>> nodes() {
        return Stream.concat(
                asides.stream().flatMap(aside -> Walk.topological(aside).stream()), Walk.topological(root).stream());
    }

    /** The keys by which anything is asked or counted here. */
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        asides.forEach(aside -> Walk.leaves(aside, noted -> counted(noted.records(), keys)));
        for (Node<Outcome> node : Walk.topological(root)) {
            if (node instanceof Node.Ask<Outcome> ask && ask.predicate() instanceof Predicate.Token token) {
                keys.add(token.rate().key());
            } else if (node instanceof Node.Ask<Outcome> ask && ask.predicate() instanceof Predicate.HasEntry entry) {
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

    /** Whether it matters how many segments a packet is: where packets or their bytes are counted, or tokens are taken. */
    public boolean weighsPackets() {
        return hook.context() == ContextStruct.SK_BUFF
                && nodes().anyMatch(node -> node instanceof Node.Ask<?> ask
                                && ask.predicate() instanceof Predicate.Token token
                                && token.taken()
                        || node instanceof Node.Leaf<?> leaf && weighs(leaf.value()));
    }

    private static boolean weighs(Object leaf) {
        List<Recording> records = leaf instanceof Outcome outcome
                ? outcome.records()
                : leaf instanceof Noted noted ? noted.records() : List.of();
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

    /** How many tests there are of one variable or one question each. */
    int tests() {
        return (int) nodes().filter(HookDecision::isTest).count();
    }

    /** The same of one diagram. */
    static int tests(Node<?> root) {
        return (int)
                Walk.topological(root).stream().filter(HookDecision::isTest).count();
    }

    /** Whether the node tests one variable, or asks one question. */
    private static boolean isTest(Node<?> node) {
        return node instanceof Node.Split
                || node instanceof Node.Ask<?> ask && !(ask.predicate() instanceof Predicate.FirstIn);
    }

    /** Whether rules are put together as {@link Terms} here. */
    public boolean intersects() {
        return Walk.topological(root).stream()
                .anyMatch(
                        node -> node instanceof Node.Ask<Outcome> ask && ask.predicate() instanceof Predicate.FirstIn);
    }

    /** Whether something is recorded here for some request. */
    public boolean records() {
        return Walk.anyLeaf(root, outcome -> !outcome.records().isEmpty())
                || asides.stream()
                        .anyMatch(aside ->
                                Walk.anyLeaf(aside, noted -> !noted.records().isEmpty()));
    }

    /** Whether some request is led elsewhere. */
    public boolean redirects() {
        return Walk.anyLeaf(root, outcome -> outcome.writes().stream().anyMatch(Effect.Redirect.class::isInstance));
    }
}
