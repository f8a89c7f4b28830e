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
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * Reads half a word where no more of it is asked for: `access_type` of a device holds two numbers of 16 bits. The verifier
 * takes such a load as it stands, since cg_dev_verifier_ops (kernel/bpf/cgroup.c) converts none; fields of other contexts
 * would be loaded whole and masked (convert_ctx_accesses in kernel/bpf/verifier.c). Four programs of the samples are two slots
 * shorter each.
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

    /** The same routine with narrow loads, for machines of this byte order. */
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
                    && read.swap() == Instruction.Swap.NONE) {
                words.put(read.result(), read);
            }
            if (half(instruction).isEmpty()) {
                Uses.of(instruction).forEach(value -> others.merge(value, 1, Integer::sum));
            }
        }
        Uses.of(block.end()).forEach(value -> others.merge(value, 1, Integer::sum));
    }

    /** The load of the half that the instruction takes out of a word; empty where it does not, or the verifier minds. */
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
                .map(read -> new Instruction.ReadContext(
                        result, read.field(), read.offset() + more, Width.H, Instruction.Swap.NONE));
    }
}
