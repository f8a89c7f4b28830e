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
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Unswapped;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.ByteString;

/** The code of instructions, with each value in its register. */
final class InstructionSelector implements Instruction.Visitor<Assembler> {
    /** The register in which the context survives calls. */
    static final Reg CONTEXT = Reg.R6;

    /** The register for further factors in {@link Instruction.OneOf}. */
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
    private final StampCode stamps;
    private boolean based;

    InstructionSelector(
            Hook hook,
            Assembler assembler,
            Registers registers,
            Unswapped unswapped,
            ByteOrder order,
            OutOfLine outOfLine,
            StampCode stamps) {
        this.hook = hook;
        this.assembler = assembler;
        this.registers = registers;
        this.unswapped = unswapped;
        this.context = registers.context().orElse(CONTEXT);
        this.order = order;
        this.outOfLine = outOfLine;
        this.stamps = stamps;
    }

    /** Begins a block, which may have several predecessors. */
    void begin() {
        based = false;
    }

    /** Tracks whether {@link EventCode#BASE} still holds the address of a record. */
    void add(Instruction instruction) {
        instruction.accept(this);
        boolean leaves = instruction instanceof Instruction.CallState call && StateCode.leavesBase(call.op());
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

    /** `dst = *(width *)(ctx + off)`, then `dst = beN dst`. */
    @Override
    public Assembler readContext(Instruction.ReadContext read) {
        Reg dst = register(read.result());
        int off = read.field().offset() + read.offset();
        assembler.load(read.width(), dst, context, off);
        return unswapped.order(read.result()) == Swap.NONE ? swapped(read.swap(), dst) : assembler;
    }

    private Assembler swapped(Swap swap, Reg dst) {
        return switch (swap) {
            case NONE -> assembler;
            case BE16, BE32, BE64 -> assembler.swapBe(dst, Width.ofBytes(swap.bits() / 8));
        };
    }

    /** `dst = &symbol`. */
    @Override
    public Assembler addressOf(Instruction.AddressOf address) {
        return assembler.loadSymbol(register(address.result()), address.symbol(), 0);
    }

    /** `dst = *(width *)(base + off)`. */
    @Override
    public Assembler readGlobal(Instruction.ReadGlobal read) {
        return assembler.load(read.width(), register(read.result()), register(read.base()), read.offset());
    }

    /** `r0 = helper()`, `r0 = helper(ctx)` or `r0 = helper(level)`. */
    @Override
    public Assembler callIdentity(Instruction.CallIdentity call) {
        Identity identity = call.identity();
        if (!identity.source().ofContext()) {
            stamps.identity(identity, outOfLine);
            return moved(call.result());
        }
        contextInR1();
        return result(identity.source().helper(), call.result());
    }

    /** `r0 = helper(ctx, r10 - size, size)`, or without the context. */
    @Override
    public Assembler callString(Instruction.CallString call) {
        int size = call.size();
        return switch (call.source()) {
            case SYSCTL_NAME -> {
                ZeroedBuffer.emit(assembler, size, call.cleared());
                buffer(size).mov(Reg.R4, 0);
                yield result(call.source().helper(), call.result());
            }
            case SYSCTL_VALUE, SYSCTL_NEW_VALUE -> {
                buffer(size);
                yield result(call.source().helper(), call.result());
            }
            case COMM -> {
                stamps.name(size, outOfLine);
                yield moved(call.result());
            }
            case STAMPED_COMM -> {
                stamps.copyName(size);
                yield moved(call.result());
            }
            case UNIX_PATH -> {
                ZeroedBuffer.emit(assembler, size, call.cleared());
                new UnixPath(assembler, order, size).read();
                yield moved(call.result());
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

    /** `dst = *(width *)(r10 - size + off)`, then `dst = beN dst`. */
    @Override
    public Assembler readString(Instruction.ReadString read) {
        assembler.load(read.width(), register(read.result()), Reg.R10, read.offset() - read.size());
        return wordSwapped(read.result(), read.width());
    }

    /** `dst = beN dst` for a word of a string, unless the word is only compared for equality. */
    private Assembler wordSwapped(Value word, Width width) {
        boolean swaps = width != Width.B && unswapped.order(word) == Swap.NONE;
        return swaps ? assembler.swapBe(register(word), width) : assembler;
    }

    @Override
    public Assembler walkString(Instruction.WalkString walk) {
        Reg length = register(walk.length());
        if (length != Reg.R0) {
            assembler.mov(Reg.R0, length);
        }
        new StringWalk(assembler, walk).emit();
        return assembler.mov(register(walk.result()), StringWalk.ROW);
    }

    @Override
    public Assembler findString(Instruction.FindString find) {
        new StringSearch(assembler, order, find.table(), find.size()).emit();
        return moved(find.result());
    }

    @Override
    public Assembler findEnd(Instruction.FindEnd find) {
        new StringEnd(assembler, order).find(find, find.length().map(this::register));
        return moved(find.result());
    }

    @Override
    public Assembler findByte(Instruction.FindByte find) {
        new StringEnd(assembler, order).find(find);
        return moved(find.result());
    }

    /** `dst = end; dst &= -8; dst += r10`. */
    @Override
    public Assembler endPlace(Instruction.EndPlace place) {
        Reg dst = copy(place.result(), place.end());
        return assembler.alu(Insn.AluOp.AND, dst, -Width.DW.bytes()).alu(Insn.AluOp.ADD, dst, Reg.R10);
    }

    /** `dst = end; dst <<= 3; dst &= 56`. */
    @Override
    public Assembler endShift(Instruction.EndShift shift) {
        return assembler
                .alu(Insn.AluOp.LSH, copy(shift.result(), shift.end()), 3)
                .alu(Insn.AluOp.AND, register(shift.result()), StringEnd.MOST_SHIFT);
    }

    @Override
    public Assembler readEnd(Instruction.ReadEnd read) {
        new StringEnd(assembler, order).read(read, register(read.place()), register(read.shift()));
        return moved(read.result());
    }

    /** Emits {@link Instruction.LeaveToKernel}; r0 is the length, zero-extended. */
    @Override
    public Assembler leaveToKernel(Instruction.LeaveToKernel leave) {
        Label zero = new Label("zero");
        Label done = new Label("done");
        int optlen = option("optlen");
        assembler.load(Width.W, Reg.R0, CONTEXT, optlen);
        assembler.jump(Insn.JumpOp.GT, Reg.R0, Integer.MAX_VALUE, done);
        if (hook == Hook.GETSOCKOPT) {
            assembler
                    .load(Width.W, Reg.R1, CONTEXT, option("retval"))
                    .jump(Insn.JumpOp.NE, Reg.R1, 0, zero)
                    .jump(Insn.JumpOp.GT, Reg.R0, Instruction.LeaveToKernel.SHOWN, zero)
                    .load(Width.DW, Reg.R1, CONTEXT, option("optval"))
                    .load(Width.DW, Reg.R2, CONTEXT, option("optval_end"))
                    .alu(Insn.AluOp.ADD, Reg.R1, Reg.R0)
                    .jump(Insn.JumpOp.LE, Reg.R1, Reg.R2, done);
        } else {
            Label longer = new Label("longer");
            assembler
                    .jump(Insn.JumpOp.GT, Reg.R0, Instruction.LeaveToKernel.SHOWN, longer)
                    .jump(Insn.JumpOp.NE, Reg.R0, 0, done)
                    .load(Width.DW, Reg.R1, CONTEXT, option("optval"))
                    .load(Width.DW, Reg.R2, CONTEXT, option("optval_end"))
                    .alu(Insn.AluOp.ADD, Reg.R1, Instruction.LeaveToKernel.SHOWN)
                    .jump(Insn.JumpOp.GT, Reg.R1, Reg.R2, done)
                    .bind(longer)
                    .mov(Reg.R0, 0)
                    .store(Width.W, CONTEXT, optlen, Reg.R0)
                    .mov(Reg.R0, Instruction.LeaveToKernel.SHOWN)
                    .bind(done);
            return moved(leave.result());
        }
        assembler
                .bind(zero)
                .mov(Reg.R0, 0)
                .store(Width.W, CONTEXT, optlen, Reg.R0)
                .bind(done);
        return moved(leave.result());
    }

    /** `r1 = optval; r0 = 0; r1 += bytes; if (r1 <= optval_end) r0 = *(width *)(r1 - bytes)`. */
    @Override
    public Assembler readOption(Instruction.ReadOption read) {
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
        return moved(read.result());
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

    /** `dst = beN *(width *)(base + off)`; nothing for the protocol, which has its register. */
    @Override
    public Assembler readPacket(Instruction.ReadPacket read) {
        Reg dst = register(read.result());
        Optional<PacketFrame.Base> base = PacketFrame.base(read.at());
        if (base.equals(Optional.of(PacketFrame.Base.PROTOCOL))) {
            return assembler;
        }
        assembler.load(
                read.width(),
                dst,
                base.map(PacketOpening::register).orElse(Reg.R10),
                read.at() - base.map(PacketFrame.Base::from).orElse(0));
        return unswapped.order(read.result()) == Swap.NONE ? swapped(read.swap(), dst) : assembler;
    }

    /** Emits {@link StateCode}, or `dst = *(width *)(r10 + at)`. */
    @Override
    public Assembler callState(Instruction.CallState call) {
        if (call.op() instanceof StateOp.Get get) {
            return assembler.load(get.width(), register(call.result()), Reg.R10, get.at());
        }
        boolean saves = call.op() instanceof StateOp.Now && registers.contextLivesOnInR1(call);
        if (saves) {
            assembler.store(Width.DW, Reg.R10, SAVED, Reg.R1);
        }
        List<OperandLocation> operands = call.operands().stream()
                .map(value -> new OperandLocation(register(value), unswapped.order(value) != Swap.NONE))
                .toList();
        boolean answers =
                new StateCode(assembler, hook, order, context, stamps, based, outOfLine).emit(call.op(), operands);
        if (saves) {
            assembler.load(Width.DW, Reg.R1, Reg.R10, SAVED);
        }
        return answers ? moved(call.result()) : assembler;
    }

    @Override
    public Assembler lookUp(Instruction.LookUp look) {
        look.table().accept(new Lookups(assembler, register(look.number()), registers.livesOn(look.number(), look)));
        return moved(look.result());
    }

    @Override
    public Assembler rowOf(Instruction.RowOf row) {
        return RuleCode.row(assembler, copy(row.result(), row.index()), row.table());
    }

    /** `dst = left; dst &= right`. */
    @Override
    public Assembler both(Instruction.Both both) {
        boolean onRight = register(both.result()) == register(both.right());
        Value other = onRight ? both.left() : both.right();
        return assembler.alu(
                Insn.AluOp.AND, copy(both.result(), onRight ? both.right() : both.left()), register(other));
    }

    @Override
    public Assembler lowest(Instruction.Lowest lowest) {
        return RuleCode.lowest(assembler, register(lowest.result()), register(lowest.of()));
    }

    /** The product, then `r0 -= 1; r0 >>= 63`: only 0 - 1 has its top bit set. */
    @Override
    public Assembler oneOf(Instruction.OneOf one) {
        multiply(one, one.number(), one.points());
        assembler.alu(Insn.AluOp.SUB, Reg.R0, 1).alu(Insn.AluOp.RSH, Reg.R0, Long.SIZE - 1);
        return moved(one.result());
    }

    @Override
    public Assembler differences(Instruction.Differences differences) {
        multiply(differences, differences.number(), differences.points());
        return moved(differences.result());
    }

    /** `r0 = (n ^ p) * (n ^ q) …`. */
    private void multiply(Instruction instruction, Value value, List<Long> points) {
        Reg number = register(value);
        boolean needed = registers.livesOn(value, instruction);
        int last = points.size() - 1;
        for (int i = 0; i <= last; i++) {
            Reg factor = i == 0 ? Reg.R0 : i == last && !needed ? number : FACTOR;
            if (factor != number) {
                assembler.mov(factor, number);
            }
            assembler.alu(Insn.AluOp.XOR, factor, compared(value, points.get(i)));
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
    public Assembler inRanges(Instruction.InRanges in) {
        new RangeCode(assembler).emit(in, register(in.number()));
        return moved(in.result());
    }

    /** `r0 = mask; r0 >>= index; r0 &= 1`. */
    @Override
    public Assembler bitOf(Instruction.BitOf bit) {
        long mask = bit.mask();
        Assembler masked = mask == (int) mask ? assembler.mov(Reg.R0, (int) mask) : assembler.loadImm64(Reg.R0, mask);
        masked.alu(Insn.AluOp.RSH, Reg.R0, register(bit.index())).alu(Insn.AluOp.AND, Reg.R0, 1);
        return moved(bit.result());
    }

    /** `dst = of; dst -= by`. */
    @Override
    public Assembler less(Instruction.Less less) {
        return assembler.alu(Insn.AluOp.SUB, copy(less.result(), less.of()), (int) less.by());
    }

    @Override
    public Assembler findRoute(Instruction.FindRoute find) {
        new PacketRoute(assembler, order, outOfLine).find();
        return moved(find.result());
    }

    @Override
    public Assembler stampSocket(Instruction.StampSocket stamp) {
        stamps.write();
        return moved(stamp.result());
    }

    @Override
    public Assembler loadStamp(Instruction.LoadStamp load) {
        stamps.find(hook);
        return moved(load.result());
    }

    /** `dst = *(u64 *)(r10 + Stamp.ADDRESS)`. */
    @Override
    public Assembler foundStamp(Instruction.FoundStamp found) {
        return stamps.address(register(found.result()));
    }

    /** `dst = stamp; dst = *(width *)(dst + offset)`. */
    @Override
    public Assembler readStamp(Instruction.ReadStamp read) {
        Reg dst = register(read.result());
        Stamp.Part part = read.part();
        return stamps.address(dst).load(part.width(), dst, dst, part.offset());
    }

    /** `dst = stamp; dst = *(width *)(dst + offset)`, then `dst = beN dst`. */
    @Override
    public Assembler readStampedName(Instruction.ReadStampedName read) {
        Reg dst = register(read.result());
        int offset = Stamp.part("comm").offset() + read.offset();
        stamps.address(dst).load(read.width(), dst, dst, offset);
        return wordSwapped(read.result(), read.width());
    }

    /** `dst = value`; two slots in network order, for the same length in both byte orders. */
    @Override
    public Assembler constant(Instruction.Constant constant) {
        Reg dst = register(constant.result());
        Swap swap = unswapped.order(constant.result());
        long value = NetworkOrder.stored(constant.value(), swap, order);
        return swap == Swap.NONE && value == (int) value
                ? assembler.mov(dst, (int) value)
                : assembler.loadImm64(dst, value);
    }

    /** `dst = of; dst <<= by`. */
    @Override
    public Assembler shift(Instruction.Shift shift) {
        Reg dst = copy(shift.result(), shift.of());
        return switch (shift.direction()) {
            case LEFT -> assembler.alu(Insn.AluOp.LSH, Width.DW, dst, Operand.of(shift.by()));
            case RIGHT -> assembler.alu(Insn.AluOp.RSH, Width.DW, dst, Operand.of(shift.by()));
        };
    }

    /** `wdst = wof`, or `dst = of; dst &= 0xffff`, or `dst = of; wdst &= 0x7fffffff`. */
    @Override
    public Assembler lowBits(Instruction.LowBits low) {
        if (low.bits() == 32) {
            return assembler.mov32(register(low.result()), register(low.of()));
        }
        Reg dst = copy(low.result(), low.of());
        return low.bits() == 16
                ? assembler.alu(Insn.AluOp.AND, dst, 0xffff)
                : assembler.alu32(Insn.AluOp.AND, dst, Integer.MAX_VALUE);
    }

    /** `dst = of; dst &= mask`; no bit above 32 bits is set. */
    @Override
    public Assembler masked(Instruction.Masked masked) {
        return assembler.alu(Insn.AluOp.AND, copy(masked.result(), masked.of()), compared(masked.of(), masked.mask()));
    }

    /** `dst = protocol; if type != SOCK_RAW goto kept; dst &= 0xff; kept:`. */
    @Override
    public Assembler wireProtocol(Instruction.WireProtocol wire) {
        Label kept = new Label("kept");
        Reg dst = copy(wire.result(), wire.protocol());
        assembler.jump(Insn.JumpOp.NE, register(wire.type()), SocketType.RAW.number(), kept);
        return assembler.alu(Insn.AluOp.AND, dst, 0xff).bind(kept);
    }

    /** `dst = of; dst = beN dst`. */
    @Override
    public Assembler networkOrder(Instruction.NetworkOrder network) {
        Reg dst = copy(network.result(), network.of());
        return assembler.add(new Insn.Swap(Insn.SwapOp.BE, Width.ofBytes(network.bits() / 8), dst));
    }

    /** `dst = high; dst <<= by; dst |= low`; `high` is shifted in place if `dst` is `low`. */
    @Override
    public Assembler join(Instruction.Join join) {
        Reg dst = register(join.result());
        Reg low = register(join.low());
        if (dst == low) {
            Reg high = register(join.high());
            return assembler.alu(Insn.AluOp.LSH, high, join.by()).alu(Insn.AluOp.OR, dst, high);
        }
        return assembler
                .alu(Insn.AluOp.LSH, copy(join.result(), join.high()), join.by())
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
