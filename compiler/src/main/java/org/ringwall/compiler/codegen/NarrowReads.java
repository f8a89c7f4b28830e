// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * A pass that loads half a word if only that half is used: `access_type` of a device holds two
 * numbers of 16 bits. The verifier does not rewrite such a load, because cg_dev_verifier_ops
 * (kernel/bpf/cgroup.c) has no conversion. Fields of other contexts would be loaded as a whole and
 * masked (convert_ctx_accesses in kernel/bpf/verifier.c).
 */
final class NarrowReads {
    private static final int HALF = 16;

    private final Routine routine;
    private final ByteOrder order;
    private final Map<Value, Instruction.ReadContext> words = new HashMap<>();
    private final Map<Value, Integer> others = new HashMap<>();

    private NarrowReads(Routine routine, ByteOrder order) {
        this.routine = routine;
        this.order = order;
    }

    /** Returns the routine with narrow loads, for machines of this byte order. */
    static Routine apply(Routine routine, ByteOrder order) {
        return routine.hook().context() == ContextStruct.DEVICE ? new NarrowReads(routine, order).narrowed() : routine;
    }

    private Routine narrowed() {
        routine.blocks().forEach(this::find);
        List<BasicBlock> blocks = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            List<Instruction> body = new ArrayList<>();
            for (Instruction instruction : block.instructions()) {
                Instruction narrow = half(instruction).orElse(instruction);
                if (!words.containsKey(instruction.result()) || others.containsKey(instruction.result())) {
                    body.add(narrow);
                }
            }
            blocks.add(block.with(body, block.end()));
        }
        return new Routine(routine.hook(), blocks);
    }

    private void find(BasicBlock block) {
        for (Instruction instruction : block.instructions()) {
            if (instruction instanceof Instruction.ReadContext read
                    && read.width() == Width.W
                    && read.swap() == Swap.NONE) {
                words.put(read.result(), read);
            }
            if (half(instruction).isEmpty()) {
                Uses.of(instruction).forEach(value -> others.merge(value, 1, Integer::sum));
            }
        }
        Uses.of(block.end()).forEach(value -> others.merge(value, 1, Integer::sum));
    }

    /**
     * Returns the load of the half that the instruction extracts from a word. Empty if it extracts
     * none, or if the verifier rejects the load.
     */
    private Optional<Instruction> half(Instruction instruction) {
        boolean little = order == ByteOrder.LITTLE_ENDIAN;
        if (instruction instanceof Instruction.LowBits low && low.bits() == HALF) {
            return load(low.result(), low.of(), little ? 0 : Width.H.bytes());
        }
        boolean high = instruction instanceof Instruction.Shift shift
                && shift.direction() == Instruction.Direction.RIGHT
                && shift.by() == HALF;
        if (!high) {
            return Optional.empty();
        }
        Instruction.Shift shift = (Instruction.Shift) instruction;
        return load(shift.result(), shift.of(), little ? Width.H.bytes() : 0);
    }

    private Optional<Instruction> load(Value result, Value word, int more) {
        return Optional.ofNullable(words.get(word))
                .filter(read -> routine.hook().mayRead(read.field().offset() + read.offset() + more, Width.H))
                .map(read ->
                        new Instruction.ReadContext(result, read.field(), read.offset() + more, Width.H, Swap.NONE));
    }
}
