package org.ringwall.compiler.ir;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.diagram.Walk;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/**
 * Makes a routine of what a policy decides at one hook: the generation check of docs/abi.md section 2, then one block
 * for each node of the diagram, parents first, so that a shared node is a block that several others go to.
 */
public final class Lowering {
    /** The global with the control word. */
    public static final String CONTROL = "ringwall_control";

    /** The global with the program's generation. */
    public static final String GENERATION = "ringwall_generation";

    private static final int CONTROL_LO = 0;
    private static final int CONTROL_HI = 4;

    private final Policy policy;
    private final HookDecision decision;
    private final ByteOrder order;
    private final MergedDiagram diagram;
    private final Span header;
    private final Emission emission = new Emission(0, 0);
    private final Map<Node<Verdict>, BlockId> names = new HashMap<>();

    private Lowering(Policy policy, HookDecision decision, ByteOrder order) {
        this.policy = policy;
        this.decision = decision;
        this.order = order;
        this.diagram = new MergedDiagram(decision.root());
        this.header = policy.blocks().get(firstBlock(decision)).span();
    }

    /** The global that holds a param's value, a u64. */
    public static String paramSymbol(String param) {
        return "param_" + param;
    }

    /** The routine of one hook's decision, for objects of this byte order. */
    public static Routine lower(Policy policy, HookDecision decision, ByteOrder order) {
        return new Lowering(policy, decision, order).routine();
    }

    private static int firstBlock(HookDecision decision) {
        List<Integer> blocks = new ArrayList<>();
        Walk.leaves(decision.root(), (Outcome outcome) -> outcome.rules().forEach(rule -> blocks.add(rule.block())));
        return blocks.stream().min(Integer::compare).orElse(0);
    }

    private Routine routine() {
        BlockId entry = emission.name();
        BlockId upper = emission.name();
        List<Node<Verdict>> nodes = Walk.topological(diagram.root());
        nodes.forEach(node -> names.put(node, emission.name()));
        BlockId inert = emission.name();
        prologue(entry, upper, inert);
        nodes.forEach(node -> node.accept(new Step()));
        emission.body().end(inert, header, new Terminator.Return(Verdict.ALLOW));
        return new Routine(decision.hook(), emission.blocks());
    }

    /** Decides only if lo ≤ generation ≤ hi. */
    private void prologue(BlockId entry, BlockId upper, BlockId inert) {
        Emission.Body first = emission.body();
        Value control = first.add(result -> new Instruction.AddressOf(result, CONTROL));
        Value lo = first.add(result -> new Instruction.ReadGlobal(result, control, CONTROL_LO, Width.W));
        Value hi = first.add(result -> new Instruction.ReadGlobal(result, control, CONTROL_HI, Width.W));
        Value address = first.add(result -> new Instruction.AddressOf(result, GENERATION));
        Value generation = first.add(result -> new Instruction.ReadGlobal(result, address, 0, Width.W));
        first.end(entry, header, branch(lo, Comparison.GT, generation, inert, upper));
        emission.body().end(upper, header, branch(generation, Comparison.GT, hi, inert, name(diagram.root())));
    }

    private static Terminator branch(Value left, Comparison op, Value right, BlockId yes, BlockId no) {
        return new Terminator.Branch(op, Width.DW, left, new Terminator.Right.OfValue(right), yes, no);
    }

    private BlockId name(Node<Verdict> node) {
        BlockId name = names.get(node);
        if (name == null) {
            throw new IllegalStateException("node " + node.id() + " has no block");
        }
        return name;
    }

    private Span span(Node<Verdict> node) {
        Optional<RuleRef> rule = diagram.firstRule(node);
        return rule.map(ref ->
                        policy.blocks().get(ref.block()).rules().get(ref.rule()).span())
                .orElse(header);
    }

    private final class Step implements Node.Visitor<Verdict, Boolean> {
        @Override
        public Boolean leaf(Node.Leaf<Verdict> leaf) {
            emission.body().end(name(leaf), span(leaf), new Terminator.Return(leaf.value()));
            return true;
        }

        @Override
        public Boolean split(Node.Split<Verdict> split) {
            if (split.variable() == Variable.NAME) {
                names(split);
                return true;
            }
            Emission.Body body = emission.body();
            Value value = new VariableReads(decision.hook(), body).read(split.variable());
            List<Terminator.Case> cases = split.edges().stream()
                    .map(edge -> new Terminator.Case(edge.high(), name(edge.child())))
                    .toList();
            body.end(name(split), span(split), new Terminator.Switch(value, cases));
            return true;
        }

        private void names(Node.Split<Verdict> split) {
            Map<String, BlockId> targets = new LinkedHashMap<>();
            for (int i = 0; i < decision.names().size(); i++) {
                targets.put(decision.names().get(i), name(child(split, i + 1)));
            }
            new NameSwitch(emission, order, span(split), name(child(split, 0))).add(name(split), targets);
        }

        private Node<Verdict> child(Node.Split<Verdict> split, long value) {
            return split.edges().stream()
                    .filter(edge -> Long.compareUnsigned(value, edge.high()) <= 0)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("a split covers its variable"))
                    .child();
        }

        @Override
        public Boolean ask(Node.Ask<Verdict> ask) {
            Predicate predicate = ask.predicate();
            Emission.Body body = emission.body();
            Value left = new VariableReads(decision.hook(), body).read(predicate.variable());
            Value address = body.add(result -> new Instruction.AddressOf(
                    result, paramSymbol(predicate.param().name())));
            Value right = body.add(result -> new Instruction.ReadGlobal(result, address, 0, Width.DW));
            body.end(
                    name(ask), span(ask), branch(left, predicate.comparison(), right, name(ask.yes()), name(ask.no())));
            return true;
        }
    }
}
