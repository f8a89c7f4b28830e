package org.ringwall.bpf.asm;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;

/**
 * One layout. Every branch starts short; while one does not reach its label it becomes wide, which can only push others
 * farther, so the walk ends after at most as many rounds as there are branches.
 */
final class Layout {
    private final Cpu cpu;
    private final List<CodeElement> elements;
    private final boolean[] wide;
    /** First slot of each element; one more entry for the end. */
    private final int[] slots;

    private final Map<Label, Integer> bound = new IdentityHashMap<>();

    Layout(Cpu cpu, List<CodeElement> elements) {
        this.cpu = cpu;
        this.elements = List.copyOf(elements);
        this.wide = new boolean[this.elements.size()];
        this.slots = new int[this.elements.size() + 1];
    }

    Assembly assembly() throws CodeTooLargeException {
        bindLabels();
        do {
            place();
        } while (widen());
        return emit();
    }

    private void bindLabels() {
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof CodeElement.Bind bind && bound.put(bind.label(), i) != null) {
                throw new IllegalStateException("label `" + bind.label() + "` is bound twice");
            }
        }
    }

    private void place() {
        int slot = 0;
        for (int i = 0; i < elements.size(); i++) {
            slots[i] = slot;
            slot = Math.addExact(slot, size(i));
        }
        slots[elements.size()] = slot;
    }

    private int size(int index) {
        CodeElement element = elements.get(index);
        if (element instanceof CodeElement.Plain plain) {
            return plain.insn().slots();
        }
        if (element instanceof CodeElement.Branch branch) {
            return wide[index] ? branch.op().inverse().isPresent() ? 2 : 3 : 1;
        }
        if (element instanceof CodeElement.Symbol || element instanceof CodeElement.Address) {
            return 2;
        }
        return element instanceof CodeElement.Always || element instanceof CodeElement.Call ? 1 : 0;
    }

    /** Makes every branch wide that does not reach; whether there was one. */
    private boolean widen() throws CodeTooLargeException {
        boolean changed = false;
        for (int i = 0; i < elements.size(); i++) {
            CodeElement element = elements.get(i);
            Label target;
            if (element instanceof CodeElement.Branch branch) {
                target = branch.target();
            } else if (element instanceof CodeElement.Always always) {
                target = always.target();
            } else {
                continue;
            }
            int distance = distance(i, target);
            if (wide[i] || distance == (short) distance) {
                continue;
            }
            if (cpu != Cpu.V4) {
                throw new CodeTooLargeException(slots[i], distance, target);
            }
            wide[i] = true;
            changed = true;
        }
        return changed;
    }

    /** Slots from the end of the element to the label; a wide branch jumps with its last instruction. */
    private int distance(int index, Label target) {
        Integer place = bound.get(target);
        if (place == null) {
            throw new IllegalStateException("label `" + target + "` is never bound");
        }
        return slots[place] - slots[index + 1];
    }

    private Assembly emit() {
        List<Insn> insns = new ArrayList<>();
        List<SymbolRef> symbols = new ArrayList<>();
        List<LineMark> lines = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            CodeElement element = elements.get(i);
            if (element instanceof CodeElement.Line line) {
                mark(lines, slots[i], line.mark());
            } else if (element instanceof CodeElement.Symbol symbol) {
                symbols.add(new SymbolRef(slots[i], symbol.name(), symbol.addend()));
                insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, symbol.dst(), symbol.addend()));
            } else {
                emit(i, element, insns);
            }
        }
        return new Assembly(insns, symbols, lines);
    }

    private void emit(int index, CodeElement element, List<Insn> insns) {
        if (element instanceof CodeElement.Plain plain) {
            insns.add(plain.insn());
        } else if (element instanceof CodeElement.Branch branch) {
            branch(index, branch, insns);
        } else if (element instanceof CodeElement.Always always) {
            int distance = distance(index, always.target());
            insns.add(wide[index] ? new Insn.GotoLong(distance) : new Insn.Goto(Insn.offset(distance)));
        } else if (element instanceof CodeElement.Call call) {
            insns.add(new Insn.CallLocal(distance(index, call.target())));
        } else if (element instanceof CodeElement.Address address) {
            // The kernel counts from the second slot of the load (verifier.c, add_subprog_and_kfunc).
            int distance = distance(index, address.target()) + 1;
            insns.add(new Insn.LoadImm64(Insn.Pseudo.FUNC, address.dst(), distance & 0xffffffffL));
        }
    }

    private void branch(int index, CodeElement.Branch branch, List<Insn> insns) {
        int distance = distance(index, branch.target());
        if (!wide[index]) {
            insns.add(jump(branch, branch.op(), Insn.offset(distance)));
            return;
        }
        branch.op().inverse().ifPresentOrElse(inverse -> insns.add(jump(branch, inverse, (short) 1)), () -> {
            insns.add(jump(branch, branch.op(), (short) 1));
            insns.add(new Insn.Goto((short) 1));
        });
        insns.add(new Insn.GotoLong(distance));
    }

    private static Insn jump(CodeElement.Branch branch, Insn.JumpOp op, short off) {
        return new Insn.Jump(op, branch.width(), branch.dst(), branch.src(), off);
    }

    /** Of several marks before one instruction the last holds; marks after the last instruction mark nothing. */
    private void mark(List<LineMark> lines, int slot, SourceLine mark) {
        if (slot == slots[elements.size()]) {
            return;
        }
        if (!lines.isEmpty() && lines.get(lines.size() - 1).slot() == slot) {
            lines.remove(lines.size() - 1);
        }
        lines.add(new LineMark(slot, mark));
    }
}
