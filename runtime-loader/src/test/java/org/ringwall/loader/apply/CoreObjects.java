// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.CoreRelocation;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.object.PolicyObject;

/**
 * Policies that read a kernel-internal struct whose fields have other offsets than the object says.
 */
final class CoreObjects {
    /** The slot of the instruction with the field's offset in {@link #denyLength}. */
    static final int OFFSET_SLOT = 2;

    private static final int PROBE_READ_KERNEL = 113;

    private CoreObjects() {}

    /**
     * Returns a struct with one unsigned integer after padding, so that its offset differs from
     * that of every kernel.
     */
    static BtfBuilder struct(String name, String field, int size) {
        BtfBuilder types = new BtfBuilder();
        int integer = types.integer("u" + size * 8, BtfType.Encoding.UNSIGNED, size);
        types.struct(
                name,
                128,
                List.of(new BtfType.Member("pad", integer, 0, 0), new BtfType.Member(field, integer, 120 * 8, 0)));
        return types;
    }

    /**
     * Returns a policy that calls this kernel function on the context at `connect_unix`, and
     * allows.
     */
    static PolicyObject calling(String function) {
        BtfBuilder types = new BtfBuilder();
        int pointer = types.pointer(0);
        int proto = types.add(new BtfType.FuncProto(pointer, List.of(new BtfType.Param("obj", pointer))));
        types.add(new BtfType.Func(function, proto, BtfType.Linkage.EXTERN));
        int context = types.add(new BtfType.Forward(BtfType.Aggregate.STRUCT, "bpf_sock_addr"));
        int program = types.program("connect_unix_01", context);
        List<Insn> insns = List.of(
                ProgramSpec.UNRESOLVED,
                new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(Reg.R0)),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Exit());
        ProgramSpec spec = new ProgramSpec(
                "connect_unix_01",
                "cgroup/connect_unix",
                insns,
                List.of(),
                List.of(),
                program,
                List.of(),
                List.of(),
                List.of(new KfuncCall(0, function)));
        // As read from a file: with the section in which the function is declared.
        return PolicyObject.of(ObjectWriter.complete(new BpfObject(
                ByteOrder.nativeOrder(),
                "GPL",
                List.of(spec),
                List.of(),
                List.of(TestObjects.rodata("core", 1).section(), TestObjects.control()),
                types.build())));
    }

    /**
     * Returns a policy that denies addresses of this length in bytes at `connect_unix`. It reads
     * the second field of the last struct of `types`, such as {@code bpf_sock_addr_kern.uaddrlen}.
     */
    static PolicyObject denyLength(BtfBuilder types, int length) {
        int struct = types.build().types().size();
        ProgramSpec program = new ProgramSpec(
                "connect_unix_01",
                "cgroup/connect_unix",
                List.of(
                        new Insn.Store(Width.W, Reg.R10, (short) -4, Operand.of(0)),
                        new Insn.Mov(Width.DW, Width.DW, Reg.R3, Operand.of(Reg.R1)),
                        new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R3, Operand.of(120)),
                        new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(4)),
                        new Insn.Mov(Width.DW, Width.DW, Reg.R1, Operand.of(Reg.R10)),
                        new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R1, Operand.of(-4)),
                        new Insn.CallHelper(PROBE_READ_KERNEL),
                        new Insn.Load(Width.W, false, Reg.R1, Reg.R10, (short) -4),
                        new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                        new Insn.Jump(Insn.JumpOp.NE, Width.DW, Reg.R1, Operand.of(length), (short) 1),
                        new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(0)),
                        new Insn.Exit()),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(new CoreRelocation(OFFSET_SLOT, struct, 1)));
        return PolicyObject.of(new BpfObject(
                ByteOrder.nativeOrder(),
                "GPL",
                List.of(program),
                List.of(),
                List.of(TestObjects.rodata("core", 1).section(), TestObjects.control()),
                types.build()));
    }
}
