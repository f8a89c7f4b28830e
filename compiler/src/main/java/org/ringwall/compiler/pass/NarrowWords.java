package org.ringwall.compiler.pass;

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
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Uses;
import org.ringwall.compiler.ir.Value;

/**
 * Reads the first bytes of a word in network order where no more of it is asked for: of an address the prefix, of a name how it begins.
 * What is compared with them is compared as it lies, without a swap and a shift, behind a mask where they are no whole bytes. A program at
 * connect6 that tests for a prefix of 32 bits is three slots shorter. Of a string only where one call fills the buffer, so that it is there wherever the word is.
 */
final class NarrowWords {
    private final Routine routine;
    private final Map<Value, Instruction> words = new HashMap<>();
    /** Words of which something is asked that is no part of them. */
    private final Set<Value> whole = new HashSet<>();

    private final Map<Value, Integer> uses;
    private int nextValue;

    private NarrowWords(Routine routine) {
        this.routine = routine;
        this.uses = Uses.count(routine);
        this.nextValue = routine.nextValue();
    }

    static Routine apply(Routine routine) {
        return new NarrowWords(routine).narrowed();
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
     * The block with a mask of a word's first four bytes where it ends by asking what a shift has left of the word, and nothing else asks for that;
     * empty where it does not, or the bits that are left are a read by themselves.
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
            return read.swap() == Instruction.Swap.BE64;
        } else if (instruction instanceof Instruction.ReadPacket read) {
            return read.swap() == Instruction.Swap.BE64;
        }
        return strings && instruction instanceof Instruction.ReadString read && read.width() == Width.DW;
    }

    /** What is taken of a word: some of its first bytes, or the last four. */
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

    /** Half a word that is read whole all the same is copied for less than a load and a swap. */
    private Instruction narrow(Instruction instruction) {
        return part(instruction)
                .filter(part ->
                        part.offset() == 0 || !whole.contains(part.word().result()))
                .flatMap(part -> read(instruction.result(), part))
                .orElse(instruction);
    }

    /** Empty where the kernel has no such load, or one that is dearer: narrow ones of a context are masked (convert_ctx_accesses in kernel/bpf/verifier.c). */
    private Optional<Instruction> read(Value result, Part part) {
        Instruction.Swap swap = switch (part.width()) {
            case B -> Instruction.Swap.NONE;
            case H -> Instruction.Swap.BE16;
            case W, DW -> Instruction.Swap.BE32;
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
