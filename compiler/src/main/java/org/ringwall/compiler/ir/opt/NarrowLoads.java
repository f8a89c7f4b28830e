// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * Narrows reads in network order if only a part of the word is used, such as the prefix of an
 * address or the first bytes of a name. The part is compared in network order without a swap and a
 * shift; a partial byte is masked. Strings are narrowed only if a single call fills the buffer, so
 * that its content is the same wherever the word is read.
 */
final class NarrowLoads {
    private final Routine routine;
    private final Map<Value, Instruction> words = new HashMap<>();
    /** Words that have uses other than their parts. */
    private final Set<Value> whole = new HashSet<>();

    private final Map<Value, Integer> uses;
    private int nextValue;

    private NarrowLoads(Routine routine) {
        this.routine = routine;
        this.uses = Uses.count(routine);
        this.nextValue = routine.nextValue();
    }

    static Routine apply(Routine routine) {
        return new NarrowLoads(routine).narrowed();
    }

    private Routine narrowed() {
        boolean strings = routine.blocks().stream()
                        .flatMap(block -> block.instructions().stream())
                        .filter(instruction -> instruction instanceof Instruction.CallString)
                        .count()
                == 1;
        for (BasicBlock block : routine.blocks()) {
            block.instructions().stream()
                    .filter(instruction -> isWord(instruction, strings))
                    .forEach(word -> words.put(word.result(), word));
        }
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                if (part(instruction).isEmpty()) {
                    whole.addAll(Uses.of(instruction));
                }
            }
            whole.addAll(Uses.of(block.end()));
        }
        List<BasicBlock> blocks = routine.blocks().stream()
                .map(block -> masked(block).orElseGet(() -> block.with(narrow(block.instructions()), block.end())))
                .toList();
        return new Routine(routine.hook(), blocks);
    }

    /**
     * Returns the block with a mask of the word's first four bytes, if it ends in an equality test
     * of a right-shifted word that has no other use; empty otherwise, or if the remaining bits can
     * be read directly.
     */
    private Optional<BasicBlock> masked(BasicBlock block) {
        if (!(block.end() instanceof Terminator.Branch branch)
                || !branch.op().isEquality()
                || !(branch.right() instanceof Terminator.Right.OfNumber number)
                || uses.getOrDefault(branch.left(), 0) != 1) {
            return Optional.empty();
        }
        for (int i = 0; i < block.instructions().size(); i++) {
            if (block.instructions().get(i) instanceof Instruction.Shift shift
                    && shift.result().equals(branch.left())
                    && shift.direction() == Instruction.Direction.RIGHT
                    && shift.by() > Width.W.bits()
                    && narrow(shift) == shift) {
                return masked(block, i, shift, branch, number.number());
            }
        }
        return Optional.empty();
    }

    private Optional<BasicBlock> masked(
            BasicBlock block, int at, Instruction.Shift shift, Terminator.Branch branch, long number) {
        int left = shift.by() - Width.W.bits();
        long mask = Bits.max(Width.W.bits()) >>> left << left;
        Value first = new Value(nextValue++);
        Optional<Instruction> read =
                Optional.ofNullable(words.get(shift.of())).flatMap(word -> read(first, new Part(word, 0, Width.W)));
        if (read.isEmpty()) {
            return Optional.empty();
        }
        List<Instruction> body = new ArrayList<>(narrow(block.instructions().subList(0, at)));
        body.add(read.get());
        body.add(new Instruction.Masked(shift.result(), first, mask));
        body.addAll(
                narrow(block.instructions().subList(at + 1, block.instructions().size())));
        return Optional.of(block.with(
                body,
                new Terminator.Branch(
                        branch.op(),
                        branch.width(),
                        branch.left(),
                        new Terminator.Right.OfNumber(number << left),
                        branch.yes(),
                        branch.no())));
    }

    private static boolean isWord(Instruction instruction, boolean strings) {
        if (instruction instanceof Instruction.ReadContext read) {
            return read.swap() == Swap.BE64;
        } else if (instruction instanceof Instruction.ReadPacket read) {
            return read.swap() == Swap.BE64;
        }
        return strings && instruction instanceof Instruction.ReadString read && read.width() == Width.DW;
    }

    /** The used part of a word: some of its first bytes, or the last four. */
    private record Part(Instruction word, int offset, Width width) {}

    private Optional<Part> part(Instruction instruction) {
        if (instruction instanceof Instruction.Shift shift && shift.direction() == Instruction.Direction.RIGHT) {
            return Optional.ofNullable(words.get(shift.of())).flatMap(word -> switch (shift.by()) {
                case 32 -> Optional.of(new Part(word, 0, Width.W));
                case 48 -> Optional.of(new Part(word, 0, Width.H));
                case 56 -> Optional.of(new Part(word, 0, Width.B));
                default -> Optional.empty();
            });
        } else if (instruction instanceof Instruction.LowBits low && low.bits() == Width.W.bits()) {
            return Optional.ofNullable(words.get(low.of())).map(word -> new Part(word, Width.W.bytes(), Width.W));
        }
        return Optional.empty();
    }

    private List<Instruction> narrow(List<Instruction> instructions) {
        return instructions.stream().map(this::narrow).toList();
    }

    /** If the whole word is also read, copying its lower half is cheaper than a load and a swap. */
    private Instruction narrow(Instruction instruction) {
        return part(instruction)
                .filter(part ->
                        part.offset() == 0 || !whole.contains(part.word().result()))
                .flatMap(part -> read(instruction.result(), part))
                .orElse(instruction);
    }

    /**
     * Returns the narrow read; empty if the kernel rejects it or makes it more expensive: narrow
     * context loads are masked (convert_ctx_accesses in kernel/bpf/verifier.c).
     */
    private Optional<Instruction> read(Value result, Part part) {
        Swap swap = switch (part.width()) {
            case B -> Swap.NONE;
            case H -> Swap.BE16;
            case W, DW -> Swap.BE32;
        };
        if (part.word() instanceof Instruction.ReadContext read) {
            int offset = read.offset() + part.offset();
            boolean may = part.width() == Width.W
                    && routine.hook().mayRead(read.field().offset() + offset, Width.W);
            return may
                    ? Optional.of(new Instruction.ReadContext(result, read.field(), offset, Width.W, swap))
                    : Optional.empty();
        } else if (part.word() instanceof Instruction.ReadPacket read) {
            return Optional.of(new Instruction.ReadPacket(result, read.at() + part.offset(), part.width(), swap));
        }
        Instruction.ReadString read = (Instruction.ReadString) part.word();
        return Optional.of(
                new Instruction.ReadString(result, read.size(), read.offset() + part.offset(), part.width()));
    }
}
