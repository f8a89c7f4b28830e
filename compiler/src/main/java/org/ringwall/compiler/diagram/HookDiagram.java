// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Builder of the joint decision of all blocks at one hook. */
final class HookDiagram {
    private static final Outcome BY_MEANING = new Outcome(Verdict.ALLOW, List.of());

    private final Hook hook;
    private final Map<Variable, Classifier> strings;
    private final ConditionBuilder booleans;
    private final GuardsInTurn inTurn;
    private final NodeTable<Outcome> forest;
    private final List<BlockDiagramBuilder> walks = new ArrayList<>();

    /** Creates a builder for these blocks, which are in source order. */
    HookDiagram(
            Hook hook,
            Map<Variable, Classifier> strings,
            List<IndexedBlock> blocks,
            ConditionBuilder.Manner manner,
            Budget budget) {
        this.hook = hook;
        this.strings = strings;
        this.booleans = new ConditionBuilder(strings, manner, budget);
        this.inTurn = GuardsInTurn.of(booleans, hook, blocks);
        this.forest = booleans.forest();
    }

    ConditionBuilder booleans() {
        return booleans;
    }

    /** Returns the decision for requests in which the variable has this value. */
    Node<Outcome> restrict(Node<Outcome> decision, Variable variable, long value) {
        return forest.restrict(decision, variable, value);
    }

    /** Returns every walk over the rules of a block, for the analysis of shadowed rules. */
    List<BlockDiagramBuilder> walks() {
        return walks;
    }

    /**
     * Returns a hook at which blocks have the same decision in the same variables; possibly the
     * hook itself.
     */
    static Hook representative(Hook hook) {
        return switch (hook) {
            case SENDMSG4 -> Hook.CONNECT4;
            case SENDMSG6 -> Hook.CONNECT6;
            default -> hook;
        };
    }

    /**
     * Returns the joint decision of these blocks, which are in source order. All must allow; the
     * first denial is the outcome.
     */
    HookDecision decide(List<IndexedBlock> blocks) {
        return new HookDecision(hook, root(blocks), strings);
    }

    /**
     * Returns the decision with separate effect diagrams for rules without a verdict; empty if that
     * is not possible.
     */
    Optional<HookDecision> decideApart(List<IndexedBlock> blocks) {
        return new EffectDiagrams(this, hook, blocks)
                .separate()
                .map(separated -> new HookDecision(hook, separated.root(), separated.effects(), strings, Set.of()));
    }

    /** Returns the decision of the blocks without these rules. */
    Node<Outcome> without(Set<RuleRef> rules, List<IndexedBlock> blocks) {
        return root(blocks.stream()
                .map(indexed -> new IndexedBlock(indexed.block(), indexed.index(), rules))
                .toList());
    }

    private Node<Outcome> root(List<IndexedBlock> blocks) {
        if (blocks.isEmpty()) {
            throw new IllegalStateException(hook + " has no blocks");
        }
        return switch (hook.context()) {
            case SOCK -> all(blocks, this::socket);
            case SOCK_ADDR -> atAddress(blocks, all(blocks, this::plain));
            case DEVICE -> device(blocks);
            case SK_BUFF -> new PacketStates(this).sound(all(blocks, this::plain));
            case SOCK_OPS, SYSCTL, SOCKOPT -> all(blocks, this::plain);
        };
    }

    private Node<Outcome> atAddress(List<IndexedBlock> blocks, Node<Outcome> decision) {
        if (hook.hasDestination()) {
            return hook.is(AddressFamily.INET) ? anyIsLoopback4(blocks, decision) : anyIsLoopback6(blocks, decision);
        }
        return hook == Hook.RECVMSG_UNIX ? unnamedStays(decision) : decision;
    }

    private Node<Outcome> plain(IndexedBlock indexed) {
        return walk(indexed, Atoms.at(hook, booleans, false));
    }

    private Node<Outcome> all(List<IndexedBlock> blocks, Function<IndexedBlock, Node<Outcome>> decision) {
        return blocks.stream().map(decision).reduce(this::both).orElseThrow();
    }

    /**
     * Removes the writes for a sender without a name: it is not given one (docs/semantics.md
     * section 4).
     */
    private Node<Outcome> unnamedStays(Node<Outcome> decision) {
        Classifier classifier = strings.get(Variable.PATH);
        if (classifier == null) {
            return decision;
        }
        Node<Boolean> unnamed = booleans.ofClass(Variable.PATH, classifier.absent());
        Node<Outcome> without = forest.map(decision, Outcome::withoutWrites);
        return where(unnamed, without, decision);
    }

    /**
     * A block and its index in the policy.
     *
     * @param apart rules that are skipped, because they have effect diagrams
     */
    record IndexedBlock(Block block, int index, Set<RuleRef> apart) {
        /** Creates a reference to the whole block. */
        IndexedBlock(Block block, int index) {
            this(block, index, Set.of());
        }
    }

    /**
     * Returns the outcome of two decisions in sequence: several blocks, or one request that is
     * judged as several (docs/semantics.md sections 2, 4, 5). A token is taken only once no guard
     * of either can still deny the request.
     */
    private Node<Outcome> both(Node<Outcome> first, Node<Outcome> second) {
        return both(first, second, Outcome::and);
    }

    private Node<Outcome> both(Node<Outcome> first, Node<Outcome> second, BinaryOperator<Outcome> and) {
        boolean taking = takesTokens(first) || takesTokens(second);
        return taking ? forest.combine(expanded(first), expanded(second), and) : forest.combine(first, second, and);
    }

    private static boolean takesTokens(Node<Outcome> decision) {
        return DiagramTraversal.topological(decision).stream()
                .anyMatch(node -> node instanceof Node.PredicateTest<Outcome> test
                        && test.predicate() instanceof Predicate.Token);
    }

    private Node<Outcome> expanded(Node<Outcome> decision) {
        return GuardsInTurn.expanded(forest, booleans.conditions(), decision);
    }

    private Node<Outcome> walk(IndexedBlock indexed, Atoms atoms) {
        return walk(new BlockDiagramBuilder(indexed, atoms, inTurn, new BlockDiagramBuilder.Place(hook, true)));
    }

    private Node<Outcome> walk(BlockDiagramBuilder walk) {
        walks.add(walk);
        return walk.decision(forest);
    }

    /**
     * Judges destination 0.0.0.0 as 127.0.0.1 and writes that address (docs/semantics.md section
     * 2).
     */
    private Node<Outcome> anyIsLoopback4(List<IndexedBlock> blocks, Node<Outcome> decision) {
        Node<Outcome> loopback = forest.restrict(decision, Variable.IP4, Protocols.LOOPBACK4);
        return where(booleans.member(Variable.IP4, IntervalSet.of(0)), becomesLoopback(blocks, loopback), decision);
    }

    /**
     * Judges destination `::` as both ::1 and 127.0.0.1. Judges `::ffff:0.0.0.0` as 127.0.0.1 and
     * writes that address.
     */
    private Node<Outcome> anyIsLoopback6(List<IndexedBlock> blocks, Node<Outcome> decision) {
        Node<Outcome> loopback6 = at(decision, U128.of(1));
        Node<Outcome> loopback4 = at(decision, Protocols.mapped(U128.of(Protocols.LOOPBACK4)));
        Node<Outcome> mapped = where(raw(Protocols.mapped(U128.ZERO)), becomesLoopback(blocks, loopback4), decision);
        return where(raw(U128.ZERO), asTwoDestinations(loopback6, loopback4), mapped);
    }

    /**
     * Returns the outcome of one request that is judged as two. Where rules are tested in turn, of
     * two rules that allow it only the later one is named: otherwise each pair of them would be an
     * outcome.
     */
    private Node<Outcome> asTwoDestinations(Node<Outcome> first, Node<Outcome> second) {
        return switch (booleans.form()) {
            case DIAGRAM, BIT_VECTORS -> both(first, second);
            case UNKNOWN_IN_TURN, IN_TURN ->
                both(first, second, (one, other) -> one.and(other).withLastRule());
        };
    }

    /** Adds the write of the loopback address, unless no rule depends on the destination. */
    private Node<Outcome> becomesLoopback(List<IndexedBlock> blocks, Node<Outcome> loopback) {
        boolean depends = blocks.stream().anyMatch(indexed -> indexed.block().dependsOn(Field.REMOTE_IP));
        return depends ? forest.map(loopback, outcome -> outcome.judgedAs(Address.v4(Protocols.LOOPBACK4))) : loopback;
    }

    private Node<Boolean> raw(U128 address) {
        return booleans.wideMember(IntervalSet.of(new Interval(address, address)));
    }

    private Node<Outcome> at(Node<Outcome> decision, U128 address) {
        Node<Outcome> high = forest.restrict(decision, Variable.IP6_HIGH, address.high());
        return forest.restrict(high, Variable.IP6_LOW, address.low());
    }

    /** Returns the diagram that is `held` where the condition holds and `failed` elsewhere. */
    Node<Outcome> where(Node<Boolean> condition, Node<Outcome> held, Node<Outcome> failed) {
        return forest.choose(condition, held, failed);
    }

    private Node<Outcome> socket(IndexedBlock indexed) {
        boolean egress =
                indexed.block().target() instanceof Block.Target.OfIntent target && target.intent() == Intent.EGRESS;
        if (!egress) {
            return plain(indexed);
        }
        SocketAtoms atoms = new SocketAtoms(booleans, true);
        Node<Outcome> decision =
                walk(new BlockDiagramBuilder(indexed, atoms, inTurn, new BlockDiagramBuilder.Place(hook, false)));
        return where(judgedLater(), forest.leaf(BY_MEANING), decision);
    }

    private Node<Boolean> judgedLater() {
        return booleans.any(Arrays.stream(SocketType.values())
                .map(type -> booleans.and(
                        booleans.member(Variable.TYPE, IntervalSet.of(type.number())),
                        booleans.member(Variable.PROTOCOL, Protocols.judgedAtAddressHooks(type))))
                .toList());
    }

    /**
     * Returns the decision for every value of the access: the decisions of its bits in sequence.
     * Denies bits that no kernel defines.
     */
    private Node<Outcome> device(List<IndexedBlock> blocks) {
        List<Node<Outcome>> bits = new ArrayList<>();
        for (Request.Access bit : Request.Access.values()) {
            bits.add(all(blocks, indexed -> walk(indexed, new DeviceAtoms(booleans, bit))));
        }
        Node<Outcome> decision = forest.leaf(new Outcome(Verdict.DENY, List.of()));
        for (int access = 7; access >= 0; access--) {
            Node<Boolean> exactly = booleans.member(Variable.ACCESS, IntervalSet.of(access));
            decision = where(exactly, together(bits, access), decision);
        }
        return decision;
    }

    private Node<Outcome> together(List<Node<Outcome>> bits, int access) {
        return Arrays.stream(Request.Access.values())
                .filter(bit -> (access & bit.bit()) != 0)
                .map(bit -> bits.get(bit.ordinal()))
                .reduce(this::both)
                .orElse(forest.leaf(BY_MEANING));
    }
}
