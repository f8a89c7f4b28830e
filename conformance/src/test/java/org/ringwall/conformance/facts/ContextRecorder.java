// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;

/**
 * A program at one hook of one cgroup that records its first context, every readable number at its
 * own offset, and counts its runs. It always allows.
 */
final class ContextRecorder implements AutoCloseable {
    private static final byte[] KEY = new byte[4];

    private final KernelBpf bpf;
    private final Hook hook;
    private final int counter;
    private final Fd map;
    private final Fd program;
    private final Fd link;

    ContextRecorder(KernelBpf bpf, Hook hook, Fd cgroup, KernelVersion kernel) {
        this.bpf = bpf;
        this.hook = hook;
        this.counter = (hook.context().size() + 7) / 8 * 8;
        this.map = bpf.mapCreate(MapSpec.array("context", counter + Long.BYTES, 1, 0));
        Bytes code = Bytes.of(InsnCodec.encode(insns(kernel), ByteOrder.nativeOrder()));
        this.program =
                bpf.progLoad(ProgSpec.plain("recorder", hook.programType().number(), hook.attachType(), code));
        this.link = bpf.linkCreate(program, cgroup, hook.attachType());
    }

    private List<Insn> insns(KernelVersion kernel) {
        Label done = new Label("done");
        Label count = new Label("count");
        Assembler code = new Assembler(Cpu.V1)
                .mov(Reg.R6, Reg.R1)
                .store(Width.W, Reg.R10, -4, 0)
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, -4)
                .add(new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R1, map.number()))
                .call(Helper.MAP_LOOKUP_ELEM.id())
                .jump(Insn.JumpOp.EQ, Reg.R0, 0, done)
                .load(Width.DW, Reg.R1, Reg.R0, counter)
                .jump(Insn.JumpOp.NE, Reg.R1, 0, count);
        hook.readable().stream()
                .filter(field -> kernel.atLeast(field.since()) && field.order() != ByteOrderKind.POINTER)
                .forEach(field -> record(code, field));
        code.bind(count)
                .mov(Reg.R1, 1)
                .atomicAdd(Width.DW, Reg.R0, counter, Reg.R1)
                .bind(done)
                .mov(Reg.R0, Hook.ALLOW)
                .exit();
        try {
            return code.layout().insns();
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void record(Assembler code, ContextField field) {
        for (int offset = field.offset(); offset < field.end(); ) {
            Width width = field.admitsRead(offset, Width.W) ? Width.W : Width.DW;
            code.load(width, Reg.R1, Reg.R6, offset).store(width, Reg.R0, offset, Reg.R1);
            offset += width.bytes();
        }
    }

    private ByteBuffer value() {
        byte[] bytes = bpf.mapLookup(map, KEY, counter + Long.BYTES).orElseThrow();
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /** Returns how often the program ran. */
    long events() {
        return value().getLong(counter);
    }

    /** Returns the bytes of a field as they were in the context. */
    byte[] bytes(String name) {
        ContextField field = hook.context().field(name).orElseThrow();
        byte[] bytes = new byte[field.bytes()];
        value().get(field.offset(), bytes);
        return bytes;
    }

    /** Returns a field's value, unsigned, converted from the byte order that the table gives. */
    BigInteger number(String name) {
        ContextField field = hook.context().field(name).orElseThrow();
        byte[] bytes = bytes(name);
        ByteBuffer memory = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return switch (field.order()) {
            case NETWORK -> new BigInteger(1, bytes);
            case NETWORK_16_IN_32 -> BigInteger.valueOf(Short.toUnsignedInt(swapped((short) memory.getInt(0))));
            case NETWORK_32 ->
                BigInteger.valueOf(Integer.toUnsignedLong(
                        memory.order(ByteOrder.BIG_ENDIAN).getInt(0)));
            case HOST ->
                bytes.length == Long.BYTES
                        ? new BigInteger(Long.toUnsignedString(memory.getLong(0)))
                        : BigInteger.valueOf(Integer.toUnsignedLong(memory.getInt(0)));
            case POINTER, SCRATCH -> throw new IllegalArgumentException(name + " is not a number");
        };
    }

    private static short swapped(short network) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes(network) : network;
    }

    @Override
    public void close() {
        bpf.linkDetach(link);
        link.close();
        program.close();
        map.close();
    }
}
