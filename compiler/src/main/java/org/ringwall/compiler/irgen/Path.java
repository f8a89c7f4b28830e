// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.List;
import java.util.function.Function;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/** A writer of consecutive code: one block is open at a time and ends before the next one opens. */
final class Path {
    private final Flow flow;
    private final Span span;
    private BlockId id;
    private Emission.Body body;

    Path(Flow flow, BlockId id, Span span) {
        this.flow = flow;
        this.span = span;
        this.id = id;
        this.body = flow.emission().body();
    }

    Emission.Body body() {
        return body;
    }

    Span span() {
        return span;
    }

    /** Allocates the name of a later block. */
    BlockId name() {
        return flow.emission().name();
    }

    Value add(Op op, Value... operands) {
        return body.add(op, operands);
    }

    Value add(Op op, List<Value> operands) {
        return body.add(op, operands);
    }

    Value read(Variable variable) {
        return flow.reads(body).read(variable);
    }

    /**
     * Ends the open block. At getsockopt, a denial writes its errno for programs that run later.
     */
    void end(Terminator end) {
        if (flow.hook() == Hook.GETSOCKOPT
                && end instanceof Terminator.Return last
                && last.writes().isEmpty()
                && last.verdict() instanceof Verdict.Deny deny) {
            body.end(id, span, new Terminator.Return(deny, List.of(new Terminator.WriteErrno(deny.errno()))));
        } else {
            body.end(id, span, end);
        }
    }

    /**
     * Ends the open block with the test of a split. For a stamp, the test is whether its address is
     * 0.
     */
    <T> void split(Node.Split<T> split, Function<Node<T>, BlockId> target) {
        split(split, read(split.variable()), target);
    }

    /** Ends the open block with the test of a split whose variable has been read. */
    <T> void split(Node.Split<T> split, Value value, Function<Node<T>, BlockId> target) {
        List<Terminator.Case> cases = PossibleValues.cases(split, target);
        if (split.variable() == Variable.STAMPED) {
            Terminator.Right none = new Terminator.Right.OfNumber(0);
            BlockId without = cases.get(0).target();
            BlockId with = cases.get(cases.size() - 1).target();
            end(new Terminator.Branch(Comparison.EQ, Width.DW, value, none, without, with));
        } else {
            end(new Terminator.Switch(value, cases));
        }
    }

    /** Ends the open block with a jump. */
    void go(BlockId target) {
        end(new Terminator.Goto(target));
    }

    /** Opens another block. */
    void open(BlockId next) {
        id = next;
        body = flow.emission().body();
    }

    /**
     * Ends the open block with a branch to `target` if the comparison holds, and opens a block for
     * the other case.
     */
    void leaveIf(Value value, Comparison comparison, long number, BlockId target) {
        BlockId next = name();
        end(new Terminator.Branch(comparison, Width.DW, value, new Terminator.Right.OfNumber(number), target, next));
        open(next);
    }
}
