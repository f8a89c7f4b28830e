// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;

/**
 * The register allocation for values and the context. Blocks are ordered so that a value is defined
 * before every value that is defined while it is live. In that order, each value gets a register
 * that no live value has and that nothing destroys during its own live range. The context stays in
 * r1 if nothing destroys r1 before the last read of the context; otherwise it is moved to r6, which
 * no call destroys. No arithmetic is applied to it, as the verifier demands (check_ctx_reg in
 * kernel/bpf/verifier.c).
 */
final class Registers {
    /** The order in which registers are chosen: r0 late, because results are put there. */
    private static final List<Reg> ORDER =
            List.of(Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R0, Reg.R7, Reg.R8, Reg.R9, Reg.R6);

    private final Liveness liveness;
    private final Optional<Reg> context;
    private final Map<Value, Set<Reg>> forbidden = new HashMap<>();
    private final Map<Value, Reg> liked = new HashMap<>();
    private final Map<Value, Value> heirs = new HashMap<>();
    private final Map<Value, Reg> chosen = new HashMap<>();
    private final Set<Reg> packet = EnumSet.noneOf(Reg.class);

    private Registers(Routine routine) {
        this.liveness = new Liveness(routine);
        PacketPlaces read = PacketPlaces.of(routine);
        Arrays.stream(PacketFrame.Base.values())
                .filter(read::has)
                .forEach(base -> packet.add(PacketOpening.register(base)));
        List<Instruction> instructions = new ArrayList<>();
        routine.blocks().forEach(block -> instructions.addAll(block.instructions()));
        boolean pinned = routine.blocks().stream()
                .anyMatch(block -> liveness.opensWithContext(block) || RegisterConstraints.pinsContext(block.end()));
        this.context = !liveness.readsContext()
                ? Optional.empty()
                : Optional.of(pinned ? InstructionSelector.CONTEXT : contextIn(instructions));
        instructions.forEach(this::forbid);
        routine.blocks().forEach(this::like);
        instructions.forEach(this::inherit);
        instructions.forEach(this::choose);
    }

    /** Returns the registers of the values of a routine. */
    static Registers of(Routine routine) {
        return new Registers(routine);
    }

    /**
     * Returns the register of the context after the first instruction; empty if no instruction
     * reads the context.
     */
    Optional<Reg> context() {
        return context;
    }

    /** Returns the register that holds the value. */
    Reg of(Value value) {
        Reg reg = chosen.get(value);
        if (reg == null) {
            throw new IllegalStateException(value + " has no register");
        }
        return reg;
    }

    /** Returns whether the value is read after the instruction. */
    boolean livesOn(Value value, Instruction instruction) {
        return packet.contains(of(value))
                || liveness.after(instruction).values().contains(value);
    }

    /** Returns whether the context is in r1 and read after the instruction. */
    boolean contextLivesOnInR1(Instruction instruction) {
        return context.equals(Optional.of(Reg.R1))
                && liveness.after(instruction).context();
    }

    private Reg contextIn(List<Instruction> instructions) {
        boolean stays = instructions.stream().allMatch(instruction -> {
            RegisterConstraints convention = RegisterConstraints.of(instruction);
            boolean destroyed = convention.context() != RegisterConstraints.Context.SAVED
                    && convention.destroyed().contains(Reg.R1)
                    && liveness.after(instruction).context();
            return convention.context() != RegisterConstraints.Context.PINNED && !destroyed;
        });
        return stays ? Reg.R1 : InstructionSelector.CONTEXT;
    }

    private void forbid(Instruction instruction) {
        RegisterConstraints convention = RegisterConstraints.of(instruction);
        liveness.after(instruction).values().forEach(value -> forbidden(value).addAll(convention.destroyed()));
        instruction.operands().forEach(value -> forbidden(value).addAll(convention.notIn()));
    }

    private Set<Reg> forbidden(Value value) {
        return forbidden.computeIfAbsent(value, v -> EnumSet.noneOf(Reg.class));
    }

    /** Prefers r0 for the result of a routine. */
    private void like(BasicBlock block) {
        if (block.end() instanceof Terminator.Decide decide) {
            liked.put(decide.bit(), Reg.R0);
        }
    }

    /**
     * Lets an operation in place reuse the register of its first operand if that is dead
     * afterwards.
     */
    private void inherit(Instruction instruction) {
        Op op = instruction.op();
        boolean inPlace = op instanceof NumberOp.Alu
                || op instanceof NumberOp.WireProtocol
                || op instanceof NumberOp.Join
                || op instanceof NumberOp.RowOf;
        if (inPlace) {
            Value changed = instruction.operands().get(0);
            if (!liveness.after(instruction).values().contains(changed)) {
                heirs.putIfAbsent(changed, instruction.result());
            }
        }
    }

    /**
     * Returns the registers that are destroyed while a value is live that would reuse the register
     * of this one.
     */
    private Set<Reg> destroyedLater(Value value) {
        Set<Reg> destroyed = EnumSet.noneOf(Reg.class);
        for (Value heir = heirs.get(value); heir != null; heir = heirs.get(heir)) {
            destroyed.addAll(forbidden(heir));
        }
        return destroyed;
    }

    private void choose(Instruction instruction) {
        Value result = instruction.result();
        if (instruction.op() instanceof Op.Load load
                && load.packetBase().equals(Optional.of(PacketFrame.Base.PROTOCOL))) {
            chosen.put(result, PacketOpening.register(PacketFrame.Base.PROTOCOL));
            return;
        }
        Set<Reg> taken = EnumSet.noneOf(Reg.class);
        taken.addAll(packet);
        taken.addAll(forbidden(result));
        Liveness.Live after = liveness.after(instruction);
        after.values().forEach(value -> taken.add(of(value)));
        if (instruction.op() instanceof NumberOp.Join) {
            Value low = instruction.operand(1);
            if (after.values().contains(instruction.operand(0))
                    || instruction.operand(0).equals(low)) {
                taken.add(of(low));
            }
        } else if (instruction.op() instanceof NumberOp.Lowest) {
            taken.add(of(instruction.operand(0)));
        } else if (instruction.op() instanceof NumberOp.WireProtocol) {
            taken.add(of(instruction.operand(1)));
        } else if (instruction.op() instanceof NumberOp.RowOf) {
            taken.add(RuleCode.TABLE);
        }
        context.filter(reg -> reg == InstructionSelector.CONTEXT || after.context())
                .ifPresent(taken::add);
        Set<Reg> destroyedLater = destroyedLater(result);
        Reg reg = wanted(instruction)
                .filter(wish -> !taken.contains(wish))
                .or(() -> ORDER.stream()
                        .filter(each -> !taken.contains(each) && !destroyedLater.contains(each))
                        .findFirst())
                .or(() -> ORDER.stream().filter(each -> !taken.contains(each)).findFirst())
                .orElseThrow(() -> new IllegalStateException("no register is left for " + result));
        chosen.put(result, reg);
    }

    /** Returns the register in which the result needs no move. */
    private Optional<Reg> wanted(Instruction instruction) {
        Reg like = liked.get(instruction.result());
        if (like != null) {
            return Optional.of(like);
        }
        return RegisterConstraints.of(instruction).destroyed().contains(Reg.R0)
                ? Optional.of(Reg.R0)
                : instruction.operands().stream().map(this::of).findFirst();
    }
}
