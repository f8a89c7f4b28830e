package org.ringwall.compiler.lower;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.diagram.Walk;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Comparison;

/**
 * Makes a routine of what a policy decides at one hook: the generation check of docs/abi.md section 2, then one block
 * for each node of the diagram, parents first, so that a shared node is a block that several others go to.
 */
public final class Lowering {
    private static final int CONTROL_LO = 0;
    private static final int CONTROL_HI = 4;

    private final Policy policy;
    private final HookDecision decision;
    private final MergedDiagram diagram;
    private final Span header;
    private final Emission emission = new Emission(0, 0);
    private final Map<Node<MergedDiagram.Ending>, BlockId> names = new HashMap<>();
    private final BlockId entry;
    private final BlockId upper;
    private final List<Node<MergedDiagram.Ending>> nodes;
    private final BlockId inert;
    private final SortedSet<Stamp.Part> stamped = new TreeSet<>();
    private Optional<Value> length = Optional.empty();

    private Lowering(Policy policy, HookDecision decision) {
        this.policy = policy;
        this.decision = decision;
        this.diagram = new MergedDiagram(decision.hook(), decision.root());
        this.header = policy.blocks().get(firstBlock(decision)).span();
        this.entry = emission.name();
        this.upper = emission.name();
        this.nodes = Walk.topological(diagram.root());
        nodes.forEach(node -> names.put(node, emission.name()));
        this.inert = emission.name();
        nodes.forEach(
                node -> variables(node).forEach(variable -> Stamp.part(variable).ifPresent(stamped::add)));
    }

    /** The routine of one hook's decision. */
    public static Routine lower(Policy policy, HookDecision decision) {
        return new Lowering(policy, decision).routine();
    }

    private static int firstBlock(HookDecision decision) {
        List<Integer> blocks = new ArrayList<>();
        Walk.leaves(decision.root(), (Outcome outcome) -> outcome.rules().forEach(rule -> blocks.add(rule.block())));
        return blocks.stream().min(Integer::compare).orElse(0);
    }

    private Routine routine() {
        prologue();
        nodes.forEach(node -> node.accept(new Step()));
        emission.body().end(inert, header, new Terminator.Return(Verdict.ALLOW));
        return new Routine(decision.hook(), emission.blocks());
    }

    /** Decides only if lo ≤ generation ≤ hi; what the kernel wants of every program at this hook comes before that. */
    private void prologue() {
        Emission.Body first = emission.body();
        if (decision.hook().context() == ContextStruct.SOCKOPT) {
            length = Optional.of(first.add(Instruction.LeaveToKernel::new));
        }
        Value control = first.add(result -> new Instruction.AddressOf(result, Symbols.CONTROL));
        Value lo = first.add(result -> new Instruction.ReadGlobal(result, control, CONTROL_LO, Width.W));
        Value hi = first.add(result -> new Instruction.ReadGlobal(result, control, CONTROL_HI, Width.W));
        Value generation = generation(first);
        first.end(entry, header, branch(lo, Comparison.GT, generation, inert, upper));
        BlockId root = name(diagram.root());
        BlockId begin = decision.stamps() ? emission.name() : root;
        emission.body().end(upper, header, branch(generation, Comparison.GT, hi, inert, begin));
        if (decision.stamps()) {
            stamp(begin, root);
        }
    }

    /**
     * Every generation that decides stamps, not the newest alone: while two do, the older one may be the only one that
     * asks for stamps, and where both stamp the second finds what the first has written. A socket that cannot carry a
     * stamp would be nobody's in what is asked about it later, so it is not made.
     */
    private void stamp(BlockId begin, BlockId then) {
        BlockId refused = emission.name();
        Emission.Body body = emission.body();
        Value done = body.add(Instruction.StampSocket::new);
        Terminator.Right none = new Terminator.Right.OfNumber(0);
        body.end(begin, header, new Terminator.Branch(Comparison.EQ, Width.W, done, none, refused, then));
        emission.body().end(refused, header, new Terminator.Return(Verdict.DENY));
    }

    private static Value generation(Emission.Body body) {
        Value address = body.add(result -> new Instruction.AddressOf(result, Symbols.GENERATION));
        return body.add(result -> new Instruction.ReadGlobal(result, address, 0, Width.W));
    }

    /**
     * Effects, and a modifier, which is one too, only if generation = hi (docs/abi.md section 2). The word is read again:
     * nothing has to stay in a register for it on the way, and a policy without effects pays nothing.
     */
    private void acting(BlockId id, Span span, MergedDiagram.Ending ending) {
        Emission.Body check = emission.body();
        Value control = check.add(result -> new Instruction.AddressOf(result, Symbols.CONTROL));
        Value hi = check.add(result -> new Instruction.ReadGlobal(result, control, CONTROL_HI, Width.W));
        Value generation = generation(check);
        BlockId newest = emission.name();
        Verdict plain = ending.verdict().with(ReturnBit.NONE);
        BlockId other = plain.equals(Verdict.ALLOW) ? inert : emission.name();
        check.end(id, span, branch(hi, Comparison.NE, generation, other, newest));
        Emission.Body body = emission.body();
        FieldWrites writes = new FieldWrites(decision.hook(), body);
        List<Terminator.Write> all = ending.effects().stream()
                .flatMap(effect -> effect.accept(writes).stream())
                .toList();
        body.end(newest, span, new Terminator.Return(ending.verdict(), all));
        if (!other.equals(inert)) {
            emission.body().end(other, span, new Terminator.Return(plain));
        }
    }

    private static Terminator branch(Value left, Comparison op, Value right, BlockId yes, BlockId no) {
        return new Terminator.Branch(op, Width.DW, left, new Terminator.Right.OfValue(right), yes, no);
    }

    private BlockId name(Node<MergedDiagram.Ending> node) {
        BlockId name = names.get(node);
        if (name == null) {
            throw new IllegalStateException("node " + node.id() + " has no block");
        }
        return name;
    }

    private Span span(Node<MergedDiagram.Ending> node) {
        Optional<RuleRef> rule = diagram.firstRule(node);
        return rule.map(ref ->
                        policy.blocks().get(ref.block()).rules().get(ref.rule()).span())
                .orElse(header);
    }

    /** The body of a node; a packet is decoded before the first test, once for all that the diagram asks. */
    private Emission.Body body(Node<MergedDiagram.Ending> node) {
        Emission.Body body = emission.body();
        if (node == diagram.root()) {
            packetDepth().ifPresent(depth -> body.add(result -> new Instruction.DecodePacket(result, depth)));
        }
        return body;
    }

    private Optional<PacketDepth> packetDepth() {
        return Walk.topological(diagram.root()).stream()
                .flatMap(node -> variables(node).stream())
                .flatMap(variable -> PacketDepth.of(variable).stream())
                .max(PacketDepth::compareTo);
    }

    private static List<Variable> variables(Node<MergedDiagram.Ending> node) {
        if (node instanceof Node.Split<MergedDiagram.Ending> split) {
            return List.of(split.variable());
        }
        return node instanceof Node.Ask<MergedDiagram.Ending> ask
                ? ask.predicate().reads()
                : List.of();
    }

    private final class Step implements Node.Visitor<MergedDiagram.Ending, Boolean> {
        @Override
        public Boolean leaf(Node.Leaf<MergedDiagram.Ending> leaf) {
            if (leaf.value().isPlain()) {
                emission.body()
                        .end(
                                name(leaf),
                                span(leaf),
                                new Terminator.Return(leaf.value().verdict()));
            } else {
                acting(name(leaf), span(leaf), leaf.value());
            }
            return true;
        }

        @Override
        public Boolean split(Node.Split<MergedDiagram.Ending> split) {
            Classifier classifier = decision.strings().get(split.variable());
            if (classifier != null) {
                new StringSwitch(emission, decision.hook(), span(split), number -> name(child(split, number)))
                        .add(name(split), split.variable(), classifier);
                return true;
            }
            Emission.Body body = body(split);
            Value value = new VariableReads(decision.hook(), body, new VariableReads.Once(length, stamped))
                    .read(split.variable());
            long most = Reached.most(split.variable());
            List<Terminator.Case> cases = split.edges().stream()
                    .map(edge -> new Terminator.Case(
                            edge.high() == split.variable().max() ? most : edge.high(), name(edge.child())))
                    .toList();
            body.end(name(split), span(split), new Terminator.Switch(value, cases));
            return true;
        }

        private Node<MergedDiagram.Ending> child(Node.Split<MergedDiagram.Ending> split, long value) {
            return split.edges().stream()
                    .filter(edge -> Long.compareUnsigned(value, edge.high()) <= 0)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("a split covers its variable"))
                    .child();
        }

        @Override
        public Boolean ask(Node.Ask<MergedDiagram.Ending> ask) {
            Predicate.CompareParam predicate = (Predicate.CompareParam) ask.predicate();
            Emission.Body body = body(ask);
            Value left = new VariableReads(decision.hook(), body, new VariableReads.Once(length, stamped))
                    .read(predicate.variable());
            Value address = body.add(result -> new Instruction.AddressOf(
                    result, Symbols.param(predicate.param().name())));
            Value right = body.add(result -> new Instruction.ReadGlobal(result, address, 0, Width.DW));
            body.end(
                    name(ask), span(ask), branch(left, predicate.comparison(), right, name(ask.yes()), name(ask.no())));
            return true;
        }
    }
}
