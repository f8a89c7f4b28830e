// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Unswapped;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.ByteString;

/** The code of instructions, with each value in its register. */
final class InstructionSelector implements Op.Visitor<Assembler> {
    /** The register in which the context survives calls. */
    static final Reg CONTEXT = Reg.R6;

    /** The register for further factors in {@link NumberOp.Product}. */
    static final Reg FACTOR = Reg.R5;

    /** The stack offset of the context during a call for the time; free until then. */
    private static final int SAVED = -Long.BYTES;

    private final Hook hook;
    private final Assembler assembler;
    private final Registers registers;
    private final Reg context;
    private final Unswapped unswapped;
    private final ByteOrder order;
    private final OutOfLine outOfLine;
    private final MapCode maps;
    private final StampCode stamps;
    private boolean based;

    InstructionSelector(
            Hook hook,
            Assembler assembler,
            Registers registers,
            Unswapped unswapped,
            ByteOrder order,
            OutOfLine outOfLine,
            StampCode stamps,
            MapCode maps) {
        this.hook = hook;
        this.assembler = assembler;
        this.registers = registers;
        this.unswapped = unswapped;
        this.context = registers.context().orElse(CONTEXT);
        this.order = order;
        this.outOfLine = outOfLine;
        this.maps = maps;
        this.stamps = stamps;
    }

    /** Begins a block, which may have several predecessors. */
    void begin() {
        based = false;
    }

    /** Tracks whether {@link EventCode#BASE} still holds the address of a record. */
    void add(Instruction instruction) {
        instruction.op().accept(this, instruction);
        boolean leaves = instruction.op() instanceof StateOp op && StateCode.leavesBase(op);
        based = leaves
                || based
                        && !RegisterConstraints.of(instruction).destroyed().contains(EventCode.BASE)
                        && register(instruction.result()) != EventCode.BASE;
    }

    /** Returns the register that holds the context. */
    Reg context() {
        return context;
    }

    /** Returns the register that holds the value. */
    Reg register(Value value) {
        return registers.of(value);
    }

    /**
     * `dst = *(width *)(base + off)`, then `dst = beN dst`. The packet's protocol has a register.
     */
    @Override
    public Assembler load(Op.Load load, Instruction in) {
        Reg dst = register(in.result());
        if (load.field().isPresent()) {
            assembler.load(load.width(), dst, context, load.field().get().offset() + load.at());
        } else {
            switch ((Op.Space.Memory) load.space()) {
                case GLOBAL -> assembler.load(load.width(), dst, register(in.operand(0)), load.at());
                case STRING, FRAME -> assembler.load(load.width(), dst, Reg.R10, load.at());
                case STAMP -> stamps.address(dst).load(load.width(), dst, dst, load.at());
                case PACKET -> {
                    Optional<PacketFrame.Base> base = load.packetBase();
                    if (base.equals(Optional.of(PacketFrame.Base.PROTOCOL))) {
                        return assembler;
                    }
                    Reg from = base.map(PacketOpening::register).orElse(Reg.R10);
                    int off = load.at() - base.map(PacketFrame.Base::from).orElse(0);
                    assembler.load(load.width(), dst, from, off);
                }
            }
        }
        return unswapped.order(in.result()) == Swap.NONE ? swapped(load.swap(), dst) : assembler;
    }

    private Assembler swapped(Swap swap, Reg dst) {
        return switch (swap) {
            case NONE -> assembler;
            case BE16, BE32, BE64 -> assembler.swapBe(dst, Width.ofBytes(swap.bits() / 8));
        };
    }

    /** `dst = &symbol`. */
    @Override
    public Assembler addressOf(Op.AddressOf address, Instruction in) {
        return assembler.loadSymbol(register(in.result()), address.symbol(), 0);
    }

    /** `r0 = helper()`, `r0 = helper(ctx)` or `r0 = helper(level)`. */
    @Override
    public Assembler callIdentity(Op.CallIdentity call, Instruction in) {
        Identity identity = call.identity();
        if (!identity.source().ofContext()) {
            stamps.identity(identity, outOfLine);
            return moved(in.result());
        }
        contextInR1();
        return result(identity.source().helper(), in.result());
    }

    /** `r0 = helper(ctx, r10 - size, size)`, or without the context. */
    @Override
    public Assembler callString(StringOp.CallString call, Instruction in) {
        int size = call.size();
        return switch (call.source()) {
            case SYSCTL_NAME -> {
                ZeroedBuffer.emit(assembler, size, call.cleared());
                buffer(size).mov(Reg.R4, 0);
                yield result(call.source().helper(), in.result());
            }
            case SYSCTL_VALUE, SYSCTL_NEW_VALUE -> {
                buffer(size);
                yield result(call.source().helper(), in.result());
            }
            case COMM -> {
                stamps.name(size, outOfLine);
                yield moved(in.result());
            }
            case STAMPED_COMM -> {
                stamps.copyName(size);
                yield moved(in.result());
            }
            case UNIX_PATH -> {
                ZeroedBuffer.emit(assembler, size, call.cleared());
                new UnixPath(assembler, order, size).read();
                yield moved(in.result());
            }
        };
    }

    /** `r1 = ctx`. */
    private Assembler contextInR1() {
        return context == Reg.R1 ? assembler : assembler.mov(Reg.R1, context);
    }

    private Assembler buffer(int size) {
        return contextInR1()
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, -size)
                .mov(Reg.R3, size);
    }

    private Assembler result(Helper helper, Value value) {
        assembler.call(helper.id());
        return moved(value);
    }

    @Override
    public Assembler walkString(StringOp.WalkString walk, Instruction in) {
        Reg length = register(in.operand(0));
        if (length != Reg.R0) {
            assembler.mov(Reg.R0, length);
        }
        new StringWalk(assembler, walk).emit();
        return assembler.mov(register(in.result()), StringWalk.ROW);
    }

    @Override
    public Assembler matchGlobs(StringOp.MatchGlobs match, Instruction in) {
        return new GlobMatch(assembler, match).emit(register(in.operand(0)));
    }

    @Override
    public Assembler findString(StringOp.FindString find, Instruction in) {
        new StringSearch(assembler, order, find.table(), find.size()).emit();
        return moved(in.result());
    }

    @Override
    public Assembler findEnd(StringOp.FindEnd find, Instruction in) {
        new StringEnd(assembler, order)
                .find(find, in.operands().stream().map(this::register).findFirst());
        return moved(in.result());
    }

    @Override
    public Assembler findByte(StringOp.FindByte find, Instruction in) {
        new StringEnd(assembler, order).find(find);
        return moved(in.result());
    }

    /** `dst = end; dst &= -8; dst += r10`. */
    @Override
    public Assembler endPlace(StringOp.EndPlace place, Instruction in) {
        Reg dst = copy(in.result(), in.operand(0));
        return assembler.alu(Insn.AluOp.AND, dst, -Width.DW.bytes()).alu(Insn.AluOp.ADD, dst, Reg.R10);
    }

    @Override
    public Assembler readEnd(StringOp.ReadEnd read, Instruction in) {
        new StringEnd(assembler, order).read(read, register(in.operand(0)), register(in.operand(1)));
        return moved(in.result());
    }

    /** `r1 = optval; r0 = 0; r1 += bytes; if (r1 <= optval_end) r0 = *(width *)(r1 - bytes)`. */
    @Override
    public Assembler readOption(Op.ReadOption read, Instruction in) {
        Label done = new Label("done");
        int bytes = read.width().bytes();
        assembler
                .load(Width.DW, Reg.R1, CONTEXT, option("optval"))
                .load(Width.DW, Reg.R2, CONTEXT, option("optval_end"))
                .mov(Reg.R0, 0)
                .alu(Insn.AluOp.ADD, Reg.R1, bytes)
                .jump(Insn.JumpOp.GT, Reg.R1, Reg.R2, done)
                .load(read.width(), Reg.R0, Reg.R1, -bytes)
                .bind(done);
        return moved(in.result());
    }

    /** Returns the offset of a field of `struct bpf_sockopt`. */
    static int option(String field) {
        return ContextStruct.SOCKOPT.require(field).offset();
    }

    /** `dst = r0`. */
    private Assembler moved(Value value) {
        Reg dst = register(value);
        return dst == Reg.R0 ? assembler : assembler.mov(dst, Reg.R0);
    }

    @Override
    public Assembler state(StateOp op, Instruction in) {
        List<OperandLocation> operands = in.operands().stream()
                .map(value -> new OperandLocation(register(value), unswapped.order(value) != Swap.NONE))
                .toList();
        return stateCode().emit(op, operands) ? moved(in.result()) : assembler;
    }

    /** A context in r1 is kept on the stack while the time is read. */
    @Override
    public Assembler intrinsic(Intrinsic op, Instruction in) {
        boolean saves = op == Intrinsic.NOW && registers.contextLivesOnInR1(in);
        if (saves) {
            assembler.store(Width.DW, Reg.R10, SAVED, Reg.R1);
        }
        boolean answers = stateCode().emit(op);
        if (saves) {
            assembler.load(Width.DW, Reg.R1, Reg.R10, SAVED);
        }
        return answers ? moved(in.result()) : assembler;
    }

    private StateCode stateCode() {
        return new StateCode(assembler, maps, hook, order, context, stamps, based, outOfLine);
    }

    @Override
    public Assembler lookUp(NumberOp.LookUp look, Instruction in) {
        look.table().accept(new Lookups(assembler, register(in.operand(0)), registers.livesOn(in.operand(0), in)));
        return moved(in.result());
    }

    @Override
    public Assembler rowOf(NumberOp.RowOf row, Instruction in) {
        return RuleCode.row(assembler, copy(in.result(), in.operand(0)), row.table());
    }

    @Override
    public Assembler lowest(NumberOp.Lowest lowest, Instruction in) {
        return RuleCode.lowest(assembler, register(in.result()), register(in.operand(0)));
    }

    /** The product and, if it is tested, `r0 -= 1; r0 >>= 63`: only 0 - 1 has its top bit set. */
    @Override
    public Assembler product(NumberOp.Product product, Instruction in) {
        multiply(in, product.points());
        if (product.tested()) {
            assembler.alu(Insn.AluOp.SUB, Reg.R0, 1).alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - 1);
        }
        return moved(in.result());
    }

    /** `w0 = n ^ p; w5 = n ^ q; r0 *= r5 …`, in 32 bits: a point with bit 31 is not extended. */
    private void multiply(Instruction instruction, List<Long> points) {
        Value value = instruction.operand(0);
        Reg number = register(value);
        boolean needed = registers.livesOn(value, instruction);
        int last = points.size() - 1;
        for (int i = 0; i <= last; i++) {
            Reg factor = i == 0 ? Reg.R0 : i == last && !needed ? number : FACTOR;
            if (factor != number) {
                assembler.mov(factor, number);
            }
            assembler.alu32(Insn.AluOp.XOR, factor, compared(value, points.get(i)));
            if (i > 0) {
                assembler.alu(Insn.AluOp.MUL, Reg.R0, factor);
            }
        }
    }

    /** Returns the number or mask that is compared, in the byte order of the value's register. */
    int compared(Value value, long number) {
        return (int) NetworkOrder.stored(number, unswapped.order(value), order);
    }

    /** Returns whether 32 bits are compared; the top bit may be set in network order. */
    boolean isNarrow(Value value) {
        Swap swap = unswapped.order(value);
        return swap == Swap.BE16 || swap == Swap.BE32;
    }

    @Override
    public Assembler inRanges(NumberOp.InRanges ranges, Instruction in) {
        new RangeCode(assembler).emit(ranges, register(in.operand(0)));
        return moved(in.result());
    }

    /** `r0 = mask; r0 >>= index; r0 &= 1`. */
    @Override
    public Assembler bitOf(NumberOp.BitOf bit, Instruction in) {
        long mask = bit.mask();
        Assembler masked = mask == (int) mask ? assembler.mov(Reg.R0, (int) mask) : assembler.loadImm64(Reg.R0, mask);
        masked.alu(Insn.AluOp.RSH, Reg.R0, register(in.operand(0))).alu(Insn.AluOp.AND, Reg.R0, 1);
        return moved(in.result());
    }

    /** `dst = value`; two slots in network order, for the same length in both byte orders. */
    @Override
    public Assembler constant(Op.Constant constant, Instruction in) {
        Reg dst = register(in.result());
        Swap swap = unswapped.order(in.result());
        long value = NetworkOrder.stored(constant.value(), swap, order);
        return swap == Swap.NONE && value == (int) value
                ? assembler.mov(dst, (int) value)
                : assembler.loadImm64(dst, value);
    }

    /** `dst = left; dst op= right`, or `wdst = wleft` for the low 32 bits. */
    @Override
    public Assembler alu(NumberOp.Alu alu, Instruction in) {
        if (alu.number().isEmpty()) {
            boolean onRight = register(in.result()) == register(in.operand(1));
            Reg dst = copy(in.result(), in.operand(onRight ? 1 : 0));
            return assembler.alu(Insn.AluOp.AND, dst, register(in.operand(onRight ? 0 : 1)));
        } else if (alu.isLow(Integer.SIZE)) {
            return assembler.mov32(register(in.result()), register(in.operand(0)));
        }
        Reg dst = copy(in.result(), in.operand(0));
        int number = compared(in.operand(0), alu.right());
        return switch (alu.op()) {
            // The immediate is sign-extended to 64 bits.
            case AND ->
                number < 0 || number == Integer.MAX_VALUE
                        ? assembler.alu32(Insn.AluOp.AND, dst, number)
                        : assembler.alu(Insn.AluOp.AND, dst, number);
            case SUB -> assembler.alu(Insn.AluOp.SUB, dst, number);
            case SHL -> assembler.alu(Insn.AluOp.LSH, Width.DW, dst, Operand.of(number));
            case SHR -> assembler.alu(Insn.AluOp.RSH, Width.DW, dst, Operand.of(number));
        };
    }

    /** `dst = protocol; if type != SOCK_RAW goto kept; dst &= 0xff; kept:`. */
    @Override
    public Assembler wireProtocol(NumberOp.WireProtocol wire, Instruction in) {
        Label kept = new Label("kept");
        Reg dst = copy(in.result(), in.operand(0));
        assembler.jump(Insn.JumpOp.NE, register(in.operand(1)), SocketType.RAW.number(), kept);
        return assembler.alu(Insn.AluOp.AND, dst, 0xff).bind(kept);
    }

    /** `dst = of; dst = beN dst`. */
    @Override
    public Assembler networkOrder(NumberOp.NetworkOrder network, Instruction in) {
        Reg dst = copy(in.result(), in.operand(0));
        return assembler.add(new Insn.Swap(Insn.SwapOp.BE, Width.ofBytes(network.bits() / 8), dst));
    }

    /** `dst = high; dst <<= by; dst |= low`; `high` is shifted in place if `dst` is `low`. */
    @Override
    public Assembler join(NumberOp.Join join, Instruction in) {
        Reg dst = register(in.result());
        Reg low = register(in.operand(1));
        if (dst == low) {
            Reg high = register(in.operand(0));
            return assembler.alu(Insn.AluOp.LSH, high, join.by()).alu(Insn.AluOp.OR, dst, high);
        }
        return assembler
                .alu(Insn.AluOp.LSH, copy(in.result(), in.operand(0)), join.by())
                .alu(Insn.AluOp.OR, dst, low);
    }

    /** `*(width *)(ctx + off) = value`. A constant passes through r0, which is free here. */
    Assembler write(Terminator.WriteContext write) {
        int off = write.field().offset() + write.offset();
        if (write.value() instanceof Terminator.Right.OfValue of) {
            if (register(of.value()) == Reg.R0) {
                throw new IllegalStateException(of.value() + " lies where numbers pass through");
            }
            return assembler.store(write.width(), context, off, register(of.value()));
        }
        long number = NetworkOrder.stored(((Terminator.Right.OfNumber) write.value()).number(), write.swap(), order);
        boolean narrow = write.width() != Width.DW || number == (int) number;
        if (narrow) {
            assembler.mov(Reg.R0, (int) number);
        } else {
            assembler.loadImm64(Reg.R0, number);
        }
        return assembler.store(write.width(), context, off, Reg.R0);
    }

    OptionResult optionResult() {
        return new OptionResult(assembler, context);
    }

    /**
     * Calls `bpf_sock_addr_set_sun_path` with the path on the stack, because the kfunc accepts only
     * writable memory (check_kfunc_mem_size_reg).
     */
    Assembler write(Terminator.WritePath path) {
        int size = path.sunPath().size();
        int words = (size + Width.W.bytes() - 1) / Width.W.bytes();
        int bottom = -((size + Width.DW.bytes() - 1) / Width.DW.bytes()) * Width.DW.bytes();
        ByteBuffer bytes = ByteBuffer.wrap(ByteString.of(path.sunPath().toArray(), words * Width.W.bytes())
                        .toArray())
                .order(order);
        for (int word = 0; word < words; word++) {
            assembler.store(Width.W, Reg.R10, bottom + word * Width.W.bytes(), bytes.getInt());
        }
        return contextInR1()
                .call(Kfunc.CAST_TO_KERN_CTX)
                .mov(Reg.R1, Reg.R0)
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, bottom)
                .mov(Reg.R3, size)
                .call(Kfunc.SOCK_ADDR_SET_SUN_PATH);
    }

    private Reg copy(Value to, Value from) {
        Reg dst = register(to);
        if (dst != register(from)) {
            assembler.mov(dst, register(from));
        }
        return dst;
    }
}
