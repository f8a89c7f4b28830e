package org.ringwall.compiler.codegen;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * A register for each value, by one scan in the order of blocks. Every jump goes forward, so a value is alive at most from
 * where it is made to its last use in that order. Values that live across a call get a register that calls preserve; r6
 * is the context's.
 */
final class Registers {
    private static final List<Reg> SCRATCH = List.of(Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R0);
    private static final List<Reg> PRESERVED = List.of(Reg.R7, Reg.R8, Reg.R9);

    private final Map<Value, Integer> lastUse = new HashMap<>();
    private final NavigableSet<Integer> calls = new TreeSet<>();
    private final Map<Value, Reg> chosen = new HashMap<>();
    private final List<Value> alive = new ArrayList<>();

    private Registers(Routine routine) {
        measure(routine);
        choose(routine);
    }

    /** The register of each value of the routine. */
    static Map<Value, Reg> of(Routine routine) {
        return Map.copyOf(new Registers(routine).chosen);
    }

    private void measure(Routine routine) {
        int place = 0;
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                int at = place++;
                lastUse.put(instruction.result(), at);
                Uses.of(instruction).forEach(value -> lastUse.put(value, at));
                if (isCall(instruction)) {
                    calls.add(at);
                }
            }
            int at = place++;
            Uses.of(block.end()).forEach(value -> lastUse.put(value, at));
        }
    }

    private void choose(Routine routine) {
        int place = 0;
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                int at = place++;
                Value result = instruction.result();
                alive.removeIf(value -> last(value) <= at);
                chosen.put(result, free(instruction, at));
                alive.add(result);
            }
            place++;
        }
    }

    private Reg free(Instruction instruction, int at) {
        Set<Reg> taken = EnumSet.noneOf(Reg.class);
        alive.forEach(value -> taken.add(register(value)));
        Integer next = calls.higher(at);
        boolean crosses = next != null && next < last(instruction.result());
        List<Reg> pool = crosses ? PRESERVED : SCRATCH;
        Optional<Reg> liked = isCall(instruction)
                ? Optional.of(Reg.R0)
                : Uses.of(instruction).stream().map(this::register).findFirst();
        return liked.filter(reg -> pool.contains(reg) && !taken.contains(reg))
                .or(() -> pool.stream().filter(reg -> !taken.contains(reg)).findFirst())
                .orElseThrow(() -> new IllegalStateException("no register is left for " + instruction.result()));
    }

    private int last(Value value) {
        return lastUse.getOrDefault(value, 0);
    }

    private Reg register(Value value) {
        Reg reg = chosen.get(value);
        if (reg == null) {
            throw new IllegalStateException(value + " has no register");
        }
        return reg;
    }

    /** Whether its code uses the registers that calls destroy. */
    private static boolean isCall(Instruction instruction) {
        return instruction instanceof Instruction.CallIdentity
                || instruction instanceof Instruction.CallString
                || instruction instanceof Instruction.WalkString
                || instruction instanceof Instruction.CallState call && !(call.op() instanceof StateOp.Get)
                || instruction instanceof Instruction.LookUp
                || instruction instanceof Instruction.OneOf
                || instruction instanceof Instruction.BitOf
                || instruction instanceof Instruction.LeaveToKernel
                || instruction instanceof Instruction.ReadOption
                || instruction instanceof Instruction.StampSocket
                || instruction instanceof Instruction.LoadStamp
                || instruction instanceof Instruction.DecodePacket;
    }
}
