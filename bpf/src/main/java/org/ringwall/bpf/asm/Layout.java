// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Width;

/**
 * A layout. Every branch starts in the short form and becomes wide if it does not reach its label.
 * Widening only increases other distances, so there are at most as many rounds as branches.
 */
final class Layout {
    private final Cpu cpu;
    private final int reach;
    private final List<CodeElement> elements;
    private final boolean[] wide;
    /** The first slot of each element; one more entry for the end. */
    private final int[] slots;

    private final Map<Label, Integer> bound = new IdentityHashMap<>();

    /**
     * Creates a layout.
     *
     * @param reach over how many slots a short branch may jump in either direction
     */
    Layout(Cpu cpu, List<CodeElement> elements, int reach) {
        this.cpu = cpu;
        this.reach = reach;
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
            slot = Math.addExact(slot, elements.get(i).accept(new Size(wide[i])));
        }
        slots[elements.size()] = slot;
    }

    /** Widens every branch that does not reach its label. Returns whether there was one. */
    private boolean widen() throws CodeTooLargeException {
        boolean changed = false;
        for (int i = 0; i < elements.size(); i++) {
            CodeElement element = elements.get(i);
            if (element instanceof CodeElement.Branch branch) {
                changed |= widen(i, branch.target());
            } else if (element instanceof CodeElement.Always always) {
                changed |= widen(i, always.target());
            }
        }
        return changed;
    }

    private boolean widen(int index, Label target) throws CodeTooLargeException {
        int distance = distance(index, target);
        if (wide[index] || Math.abs(distance) <= reach || distance == Short.MIN_VALUE && reach == Short.MAX_VALUE) {
            return false;
        }
        if (cpu != Cpu.V4) {
            throw new CodeTooLargeException(slots[index], distance, reach, target);
        }
        wide[index] = true;
        return true;
    }

    /**
     * Returns the number of slots from the end of the element to the label; a wide branch jumps
     * with its last instruction.
     */
    private int distance(int index, Label target) {
        Integer place = bound.get(target);
        if (place == null) {
            throw new IllegalStateException("label `" + target + "` is never bound");
        }
        return slots[place] - slots[index + 1];
    }

    private Assembly emit() {
        Emission emission = new Emission();
        for (int i = 0; i < elements.size(); i++) {
            emission.index = i;
            elements.get(i).accept(emission);
        }
        return new Assembly(emission.insns, emission.symbols, emission.lines, emission.fields, emission.kfuncs);
    }

    /** The number of slots of an element. */
    private record Size(boolean wide) implements CodeElement.Visitor<Integer> {
        @Override
        public Integer plain(CodeElement.Plain element) {
            return element.insn().slots();
        }

        @Override
        public Integer branch(CodeElement.Branch element) {
            if (!wide) {
                return 1;
            }
            return element.op().inverse().isPresent() ? 2 : 3;
        }

        @Override
        public Integer always(CodeElement.Always element) {
            return 1;
        }

        @Override
        public Integer call(CodeElement.Call element) {
            return 1;
        }

        @Override
        public Integer address(CodeElement.Address element) {
            return 2;
        }

        @Override
        public Integer symbol(CodeElement.Symbol element) {
            return 2;
        }

        @Override
        public Integer offset(CodeElement.Offset element) {
            return 1;
        }

        @Override
        public Integer kernelCall(CodeElement.KernelCall element) {
            return 1;
        }

        @Override
        public Integer bind(CodeElement.Bind element) {
            return 0;
        }

        @Override
        public Integer line(CodeElement.Line element) {
            return 0;
        }
    }

    /** The emission of the elements in order; `index` is the current one. */
    private final class Emission implements CodeElement.Visitor<Boolean> {
        private final List<Insn> insns = new ArrayList<>();
        private final List<SymbolRef> symbols = new ArrayList<>();
        private final List<LineMark> lines = new ArrayList<>();
        private final List<FieldRef> fields = new ArrayList<>();
        private final List<KfuncRef> kfuncs = new ArrayList<>();
        private int index;

        @Override
        public Boolean plain(CodeElement.Plain element) {
            return insns.add(element.insn());
        }

        @Override
        public Boolean branch(CodeElement.Branch element) {
            int distance = distance(index, element.target());
            if (!wide[index]) {
                return insns.add(jump(element, element.op(), Insn.offset(distance)));
            }
            element.op().inverse().ifPresentOrElse(inverse -> insns.add(jump(element, inverse, (short) 1)), () -> {
                insns.add(jump(element, element.op(), (short) 1));
                insns.add(new Insn.Goto((short) 1));
            });
            return insns.add(new Insn.GotoLong(distance));
        }

        private static Insn jump(CodeElement.Branch branch, Insn.JumpOp op, short off) {
            return new Insn.Jump(op, branch.width(), branch.dst(), branch.src(), off);
        }

        @Override
        public Boolean always(CodeElement.Always element) {
            int distance = distance(index, element.target());
            return insns.add(wide[index] ? new Insn.GotoLong(distance) : new Insn.Goto(Insn.offset(distance)));
        }

        @Override
        public Boolean call(CodeElement.Call element) {
            return insns.add(new Insn.CallLocal(distance(index, element.target())));
        }

        @Override
        public Boolean address(CodeElement.Address element) {
            // The kernel counts from the second slot of the load (verifier.c,
            // add_subprog_and_kfunc).
            int distance = distance(index, element.target()) + 1;
            return insns.add(new Insn.LoadImm64(Insn.Pseudo.FUNC, element.dst(), distance & 0xffff_ffffL));
        }

        @Override
        public Boolean symbol(CodeElement.Symbol element) {
            symbols.add(new SymbolRef(slots[index], element.name(), element.addend()));
            return insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, element.dst(), 0));
        }

        @Override
        public Boolean offset(CodeElement.Offset element) {
            fields.add(new FieldRef(slots[index], element.field()));
            Operand offset = Operand.of(element.field().offset());
            return insns.add(new Insn.Alu(Insn.AluOp.ADD, Width.DW, element.dst(), offset));
        }

        @Override
        public Boolean kernelCall(CodeElement.KernelCall element) {
            kfuncs.add(new KfuncRef(slots[index], element.function()));
            return insns.add(new Insn.CallKfunc(0, (short) 0));
        }

        @Override
        public Boolean bind(CodeElement.Bind element) {
            return true;
        }

        /**
         * Adds a mark. Of several marks before one instruction the last is used; marks after the
         * last instruction are ignored.
         */
        @Override
        public Boolean line(CodeElement.Line element) {
            int slot = slots[index];
            if (slot == slots[elements.size()]) {
                return false;
            }
            if (!lines.isEmpty() && lines.get(lines.size() - 1).slot() == slot) {
                lines.remove(lines.size() - 1);
            }
            return lines.add(new LineMark(slot, element.mark()));
        }
    }
}
