// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.irgen.string.StringSwitch;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Comparison;

/** Code for the nodes of a diagram, one block for each. */
final class NodeCode implements Node.Visitor<MergedDiagram.Ending, Boolean> {
    private final Flow flow;
    private final MergedDiagram diagram;
    private final Map<Node<MergedDiagram.Ending>, BlockId> names;
    private final EndCode ends;

    NodeCode(Flow flow, MergedDiagram diagram, Map<Node<MergedDiagram.Ending>, BlockId> names) {
        this.flow = flow;
        this.diagram = diagram;
        this.names = names;
        this.ends = new EndCode(flow, List.copyOf(names.keySet()));
    }

    /** Adds the code before the first node. */
    void begin(Path path) {
        ends.begin(path);
    }

    /** Returns where the control word is tested. */
    EndCode.ControlCheck controlCheck() {
        return ends.controlCheck();
    }

    /** Adds the code that several nodes share, after all of them. */
    void finish() {
        ends.finish();
    }

    BlockId name(Node<MergedDiagram.Ending> node) {
        BlockId name = names.get(node);
        if (name == null) {
            throw new IllegalStateException("node " + node.id() + " has no block");
        }
        return name;
    }

    private Span span(Node<MergedDiagram.Ending> node) {
        Optional<RuleRef> rule = diagram.firstRule(node);
        return rule.map(flow::span).orElse(flow.header());
    }

    @Override
    public Boolean leaf(Node.Leaf<MergedDiagram.Ending> leaf) {
        ends.add(name(leaf), span(leaf), leaf.value());
        return true;
    }

    @Override
    public Boolean split(Node.Split<MergedDiagram.Ending> split) {
        Classifier classifier = flow.decision().strings().get(split.variable());
        if (classifier != null) {
            new StringSwitch(
                            flow.emission(),
                            flow.hook(),
                            span(split),
                            split.variable(),
                            classifier,
                            number -> name(child(split, number)))
                    .add(name(split));
            return true;
        }
        Path path = flow.path(name(split), span(split));
        AnyDestination.in(split, diagram)
                .ifPresentOrElse(any -> any.end(path, this::name), () -> path.split(split, this::name));
        return true;
    }

    private static Node<MergedDiagram.Ending> child(Node.Split<MergedDiagram.Ending> split, long value) {
        for (Node.Edge<MergedDiagram.Ending> edge : split.edges()) {
            if (Long.compareUnsigned(value, edge.high()) <= 0) {
                return edge.child();
            }
        }
        throw new IllegalStateException("a split covers its variable");
    }

    @Override
    public Boolean then(Node.Then<MergedDiagram.Ending> then) {
        Path path = flow.path(name(then), span(then));
        ends.note(path, then.noted());
        path.go(name(then.next()));
        return true;
    }

    @Override
    public Boolean test(Node.PredicateTest<MergedDiagram.Ending> test) {
        Path path = flow.path(name(test), span(test));
        path.end(test.predicate().accept(new Question(path, name(test.yes()), name(test.no()))));
        return true;
    }

    /** The test of a predicate at the end of a path. */
    private final class Question implements Predicate.Visitor<Terminator> {
        private final Path path;
        private final BlockId yes;
        private final BlockId no;

        Question(Path path, BlockId yes, BlockId no) {
            this.path = path;
            this.yes = yes;
            this.no = no;
        }

        @Override
        public Terminator compareParam(Predicate.CompareParam predicate) {
            Value left = path.read(predicate.variable());
            Value address =
                    path.add(new Op.AddressOf(Symbols.param(predicate.param().name())));
            Value right = path.add(Op.Load.global(0, Width.DW), address);
            return new Terminator.Branch(
                    predicate.comparison(), Width.DW, left, new Terminator.Right.OfValue(right), yes, no);
        }

        @Override
        public Terminator inLive(Predicate.InLive predicate) {
            List<Value> parts = new ArrayList<>();
            for (Predicate.Part part : predicate.parts()) {
                parts.add(
                        part instanceof Predicate.Part.Read read
                                ? path.read(read.variable())
                                : path.add(new Op.Constant(((Predicate.Part.Is) part).value())));
            }
            return holds(path.add(
                    new StateOp.Covered(predicate.set().name(), predicate.set().type()), parts));
        }

        @Override
        public Terminator token(Predicate.Token predicate) {
            Rate rate = predicate.rate();
            if (predicate.taken()) {
                path.add(Intrinsic.GENERATION_STATE);
            }
            new ReadingCode(flow, path)
                    .key(rate.key(), rate.key().layout(StateNames.rate(rate.name())), flow.seenBy(predicate.rule()));
            boolean packet = flow.hook().context() == ContextStruct.SK_BUFF;
            return holds(path.add(new StateOp.Token(rate.layout(), predicate.taken(), predicate.taken() && packet)));
        }

        @Override
        public Terminator firstIn(Predicate.FirstIn predicate) {
            return new BitVectorLookup(flow, path).first(predicate, yes, no);
        }

        @Override
        public Terminator guardHolds(Predicate.GuardHolds predicate) {
            throw new IllegalStateException("merged diagrams have the tests of " + predicate);
        }

        @Override
        public Terminator hasEntry(Predicate.HasEntry predicate) {
            return holds(new RedirectCode(flow, path).entry(predicate.table()));
        }

        @Override
        public Terminator globMatches(Predicate.GlobMatches predicate) {
            int word = predicate.may() ? StateFrame.MAY_MATCH : StateFrame.MATCHED;
            Value results = path.add(Op.Load.frame(word, Width.DW));
            int bit = predicate.bit() % Integer.SIZE;
            Value half = bit == predicate.bit() ? results : path.add(NumberOp.Alu.shr(Integer.SIZE), results);
            return holds(path.add(NumberOp.Alu.and(1L << bit), half));
        }

        private Terminator holds(Value answer) {
            return new Terminator.Branch(Comparison.NE, Width.DW, answer, new Terminator.Right.OfNumber(0), yes, no);
        }
    }
}
