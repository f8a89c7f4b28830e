// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.FieldReadings;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Span;

/** The state that all parts of one routine's lowering share. */
final class Flow {
    private final Policy policy;
    private final HookDecision decision;
    private final KernelVersion oldest;
    private final Span header;
    private final Emission emission = new Emission(0, 0);
    private final FieldReadings readings;
    private boolean stampFound;
    private final BlockId inert;
    private Optional<Value> length = Optional.empty();
    private boolean lengthInFrame;

    Flow(Policy policy, HookDecision decision, KernelVersion oldest, Span header) {
        this.policy = policy;
        this.decision = decision;
        this.oldest = oldest;
        this.header = header;
        this.readings = fitted(FieldReadings.at(decision.hook()));
        this.inert = emission.name();
    }

    Policy policy() {
        return policy;
    }

    HookDecision decision() {
        return decision;
    }

    Hook hook() {
        return decision.hook();
    }

    /** Returns the oldest kernel that must accept the routine. */
    KernelVersion oldest() {
        return oldest;
    }

    /** Returns the span for code that belongs to no rule. */
    Span header() {
        return header;
    }

    Span span(RuleRef rule) {
        return rule.in(policy).span();
    }

    Emission emission() {
        return emission;
    }

    FieldReadings readings() {
        return readings;
    }

    /** Returns how this rule reads the fields. */
    FieldReadings seenBy(RuleRef rule) {
        return fitted(FieldReadings.at(hook(), policy.blocks().get(rule.block())));
    }

    private FieldReadings fitted(FieldReadings whole) {
        return whole.fitted((variable, edges) -> PossibleValues.fit(hook(), variable, edges));
    }

    /** Declares that the socket's stamp has been looked up in all code added from now on. */
    void setStampFound() {
        stampFound = true;
    }

    /** Returns the block that continues as if the program were not attached. */
    BlockId inert() {
        return inert;
    }

    /** Sets the result of {@link org.ringwall.compiler.ir.Intrinsic#LEAVE_TO_KERNEL}. */
    void setLength(Value value) {
        length = Optional.of(value);
    }

    /**
     * Returns the result of {@link org.ringwall.compiler.ir.Intrinsic#LEAVE_TO_KERNEL}, at hooks
     * that begin with it.
     */
    Optional<Value> length() {
        return length;
    }

    /**
     * Declares that the length is at {@link org.ringwall.compiler.ir.StateFrame#LENGTH} in all code
     * added from now on.
     */
    void setLengthInFrame() {
        lengthInFrame = true;
    }

    /** Returns a reader that adds the reads of variables to this body. */
    VariableReads reads(Emission.Body body) {
        return new VariableReads(hook(), body, new VariableReads.Once(length, lengthInFrame, stampFound));
    }

    /** Opens a block. */
    Path path(BlockId id, Span span) {
        return new Path(this, id, span);
    }
}
