// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;

/** The number of low bits that each value of a routine can use; all higher bits are zero. */
public final class Bits implements Instruction.Visitor<Integer> {
    private final Map<Value, Integer> known = new HashMap<>();

    /** Values that hold all of `access_type`, whose low 16 bits are the device kind. */
    private final Set<Value> accesses = new HashSet<>();

    /** Analyses a routine in which each value is defined before its uses, in block order. */
    public Bits(Routine routine) {
        routine.blocks().forEach(block -> block.instructions().forEach(this::add));
    }

    /** Adds an instruction whose operands have already been added. */
    public void add(Instruction instruction) {
        known.put(instruction.result(), instruction.accept(this));
    }

    public int of(Value value) {
        return known.getOrDefault(value, 64);
    }

    /** Returns the greatest unsigned number of that many bits. */
    public static long max(int bits) {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }

    @Override
    public Integer readContext(Instruction.ReadContext read) {
        if (read.field().name().equals("access_type") && read.width() == Width.W) {
            accesses.add(read.result());
        }
        int most = switch (read.field().name()) {
            case "major" -> DeviceNumber.MAJOR_BITS;
            case "minor" -> DeviceNumber.MINOR_BITS;
            default -> read.width().bits();
        };
        return read.swap() == Swap.NONE ? most : read.swap().bits();
    }

    @Override
    public Integer addressOf(Instruction.AddressOf instruction) {
        return 64;
    }

    @Override
    public Integer readGlobal(Instruction.ReadGlobal read) {
        return read.width().bits();
    }

    @Override
    public Integer callIdentity(Instruction.CallIdentity instruction) {
        return 64;
    }

    @Override
    public Integer callString(Instruction.CallString instruction) {
        return 64;
    }

    @Override
    public Integer readString(Instruction.ReadString instruction) {
        return instruction.width().bits();
    }

    @Override
    public Integer walkString(Instruction.WalkString walk) {
        return 32;
    }

    @Override
    public Integer findString(Instruction.FindString find) {
        return find.table().resultBits();
    }

    @Override
    public Integer findEnd(Instruction.FindEnd instruction) {
        return 16;
    }

    @Override
    public Integer findByte(Instruction.FindByte instruction) {
        return 16;
    }

    @Override
    public Integer endPlace(Instruction.EndPlace instruction) {
        return 64;
    }

    @Override
    public Integer endShift(Instruction.EndShift instruction) {
        return 8;
    }

    @Override
    public Integer readEnd(Instruction.ReadEnd read) {
        return read.bytes() * Byte.SIZE;
    }

    @Override
    public Integer leaveToKernel(Instruction.LeaveToKernel instruction) {
        return 32;
    }

    @Override
    public Integer readOption(Instruction.ReadOption instruction) {
        return 32;
    }

    @Override
    public Integer readPacket(Instruction.ReadPacket read) {
        return read.at() == PacketFrame.FAMILY ? Integer.SIZE : read.width().bits();
    }

    @Override
    public Integer callState(Instruction.CallState call) {
        return call.op().bits();
    }

    @Override
    public Integer lookUp(Instruction.LookUp look) {
        return look.table().resultBits();
    }

    @Override
    public Integer rowOf(Instruction.RowOf instruction) {
        return Long.SIZE;
    }

    @Override
    public Integer both(Instruction.Both both) {
        return Math.min(of(both.left()), of(both.right()));
    }

    @Override
    public Integer lowest(Instruction.Lowest lowest) {
        return of(lowest.of());
    }

    @Override
    public Integer oneOf(Instruction.OneOf instruction) {
        return 1;
    }

    @Override
    public Integer differences(Instruction.Differences instruction) {
        return Long.SIZE;
    }

    @Override
    public Integer inRanges(Instruction.InRanges instruction) {
        return 1;
    }

    @Override
    public Integer bitOf(Instruction.BitOf instruction) {
        return 1;
    }

    @Override
    public Integer findRoute(Instruction.FindRoute instruction) {
        return Width.B.bits();
    }

    @Override
    public Integer stampSocket(Instruction.StampSocket instruction) {
        return 1;
    }

    @Override
    public Integer loadStamp(Instruction.LoadStamp instruction) {
        return Width.DW.bits();
    }

    @Override
    public Integer foundStamp(Instruction.FoundStamp instruction) {
        return Width.DW.bits();
    }

    @Override
    public Integer readStamp(Instruction.ReadStamp read) {
        return read.part().width().bits();
    }

    @Override
    public Integer readStampedName(Instruction.ReadStampedName read) {
        return read.width().bits();
    }

    @Override
    public Integer less(Instruction.Less instruction) {
        return 64;
    }

    @Override
    public Integer constant(Instruction.Constant constant) {
        return Math.max(1, 64 - Long.numberOfLeadingZeros(constant.value()));
    }

    @Override
    public Integer shift(Instruction.Shift shift) {
        return shift.direction() == Instruction.Direction.RIGHT ? Math.max(1, of(shift.of()) - shift.by()) : 64;
    }

    @Override
    public Integer lowBits(Instruction.LowBits instruction) {
        boolean kind = instruction.bits() == Width.H.bits() && accesses.contains(instruction.of());
        return kind ? DeviceKind.BITS : Math.min(instruction.bits(), of(instruction.of()));
    }

    @Override
    public Integer masked(Instruction.Masked instruction) {
        return Long.SIZE - Long.numberOfLeadingZeros(instruction.mask());
    }

    @Override
    public Integer wireProtocol(Instruction.WireProtocol instruction) {
        return of(instruction.protocol());
    }

    @Override
    public Integer networkOrder(Instruction.NetworkOrder instruction) {
        return instruction.bits();
    }

    @Override
    public Integer join(Instruction.Join join) {
        return Math.max(join.by() + of(join.high()), of(join.low()));
    }
}
