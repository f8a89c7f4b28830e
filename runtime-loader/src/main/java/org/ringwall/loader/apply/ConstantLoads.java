// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.loader.object.PolicyObject;

/**
 * Constant propagation for loads from `.rodata`, whose content is known before a program is loaded
 * and never changes.
 *
 * <p>Replaces `dst = &.rodata + addend; dst = *(width *)(dst + off)`, if no jump targets the second
 * instruction, by `dst = number` and two jumps to the next instruction, which the verifier removes
 * (opt_remove_nops in kernel/bpf/verifier.c). No slot moves, so jump offsets and line information
 * stay valid.
 */
final class ConstantLoads {
    private static final Insn NOTHING = new Insn.Goto((short) 0);

    private final ByteBuffer rodata;
    private final Map<Integer, Relocation> relocations = new HashMap<>();
    private final Set<Integer> targets = new HashSet<>();

    private ConstantLoads(ProgramSpec program, byte[] rodata) {
        this.rodata = ByteBuffer.wrap(rodata).order(ByteOrder.nativeOrder());
        program.relocations().stream()
                .filter(relocation -> relocation.symbol().equals(PolicyObject.RODATA))
                .forEach(relocation -> relocations.put(relocation.slot(), relocation));
        int slot = 0;
        for (Insn insn : program.insns()) {
            int next = slot + insn.slots();
            distance(insn).ifPresent(off -> targets.add(next + off));
            slot = next;
        }
    }

    /** Returns the resolved instructions of a program with such loads replaced by constants. */
    static List<Insn> fold(ProgramSpec program, List<Insn> resolved, byte[] rodata) {
        return new ConstantLoads(program, rodata).fold(resolved);
    }

    private List<Insn> fold(List<Insn> insns) {
        List<Insn> folded = new ArrayList<>();
        int slot = 0;
        for (int i = 0; i < insns.size(); i++) {
            Insn insn = insns.get(i);
            int next = slot + insn.slots();
            OptionalLong number = i + 1 < insns.size() && !targets.contains(next)
                    ? number(slot, insn, insns.get(i + 1))
                    : OptionalLong.empty();
            if (number.isPresent()) {
                Insn.LoadImm64 address = (Insn.LoadImm64) insn;
                Operand value = Operand.of((int) number.getAsLong());
                folded.addAll(List.of(new Insn.Mov(Width.DW, Width.DW, address.dst(), value), NOTHING, NOTHING));
                i++;
                slot = next + 1;
            } else {
                folded.add(insn);
                slot = next;
            }
        }
        return folded;
    }

    /** Returns the value that the pair loads, if `mov` can encode it. */
    private OptionalLong number(int slot, Insn first, Insn second) {
        Relocation relocation = relocations.get(slot);
        if (relocation == null
                || !(first instanceof Insn.LoadImm64 address)
                || !(second instanceof Insn.Load load)
                || load.signed()
                || load.dst() != address.dst()
                || load.src() != address.dst()) {
            return OptionalLong.empty();
        }
        long at = (long) relocation.addend() + load.off();
        if (at < 0 || at + load.width().bytes() > rodata.capacity()) {
            return OptionalLong.empty();
        }
        long value = switch (load.width()) {
            case B -> Byte.toUnsignedLong(rodata.get((int) at));
            case H -> Short.toUnsignedLong(rodata.getShort((int) at));
            case W -> Integer.toUnsignedLong(rodata.getInt((int) at));
            case DW -> rodata.getLong((int) at);
        };
        return value == (int) value ? OptionalLong.of(value) : OptionalLong.empty();
    }

    private static OptionalInt distance(Insn insn) {
        if (insn instanceof Insn.Jump jump) {
            return OptionalInt.of(jump.off());
        } else if (insn instanceof Insn.Goto jump) {
            return OptionalInt.of(jump.off());
        }
        return insn instanceof Insn.GotoLong jump ? OptionalInt.of(jump.off()) : OptionalInt.empty();
    }
}
