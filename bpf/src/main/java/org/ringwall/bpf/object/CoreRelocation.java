// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;

/**
 * A CO-RE relocation: the instruction at {@code slot} of its program contains the byte offset of a
 * field of a kernel struct, which differs between kernels. A loader replaces it by the running
 * kernel's offset (libbpf: struct bpf_core_relo of kind BPF_CORE_FIELD_BYTE_OFFSET with the access
 * string `0:member`).
 *
 * @param typeId the object's own struct of that name, whose offset of the field the instruction
 *     contains before
 * @param member the index of the field in that struct, from 0
 */
public record CoreRelocation(int slot, int typeId, int member) {
    /** BPF_CORE_FIELD_BYTE_OFFSET, the only supported kind. */
    static final int FIELD_BYTE_OFFSET = 0;

    public CoreRelocation {
        Checks.that(slot >= 0, "slot is negative");
        Checks.that(typeId > 0, "type id is not positive");
        Checks.that(member >= 0, "member is negative");
    }

    /** Returns the same relocation at another slot. */
    CoreRelocation at(int otherSlot) {
        return new CoreRelocation(otherSlot, typeId, member);
    }

    /** Returns the struct in the object's types. */
    public Optional<BtfType.Composite> struct(Btf btf) {
        return btf.contains(typeId) && btf.type(typeId) instanceof BtfType.Composite composite
                ? Optional.of(composite)
                : Optional.empty();
    }

    /** Returns the field in the object's types; empty for bit fields, which have no byte offset. */
    public Optional<BtfType.Member> field(Btf btf) {
        return struct(btf)
                .filter(composite -> member < composite.members().size())
                .map(composite -> composite.members().get(member))
                .filter(field -> field.bitSize() == 0 && field.bitOffset() % 8 == 0);
    }

    /** Returns the offset that an instruction contains; empty if its kind cannot contain one. */
    public static OptionalLong held(Insn insn) {
        if (insn instanceof Insn.Alu alu && alu.op() == Insn.AluOp.ADD && alu.src() instanceof Operand.OfImm imm) {
            return OptionalLong.of(imm.value());
        }
        if (insn instanceof Insn.Mov mov && mov.src() instanceof Operand.OfImm imm) {
            return OptionalLong.of(imm.value());
        }
        return insn instanceof Insn.Load load ? OptionalLong.of(load.off()) : OptionalLong.empty();
    }

    /** Returns the instruction with another offset; empty if that does not fit. */
    public static Optional<Insn> with(Insn insn, long offset) {
        if (insn instanceof Insn.Load load) {
            return offset == (short) offset
                    ? Optional.of(new Insn.Load(load.width(), load.signed(), load.dst(), load.src(), (short) offset))
                    : Optional.empty();
        }
        if (offset != (int) offset) {
            return Optional.empty();
        }
        if (insn instanceof Insn.Alu alu) {
            return Optional.of(new Insn.Alu(alu.op(), alu.width(), alu.dst(), Operand.of((int) offset)));
        }
        return insn instanceof Insn.Mov mov
                ? Optional.of(new Insn.Mov(mov.width(), mov.from(), mov.dst(), Operand.of((int) offset)))
                : Optional.empty();
    }
}
