// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.function.UnaryOperator;

/** Copies of instructions and terminators with other names for values and blocks. */
public final class Renaming implements Instruction.Visitor<Instruction>, Terminator.Visitor<Terminator> {
    private final UnaryOperator<Value> values;
    private final UnaryOperator<BlockId> blocks;

    private Renaming(UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
        this.values = values;
        this.blocks = blocks;
    }

    /** Returns the instruction with renamed values. */
    public static Instruction of(Instruction instruction, UnaryOperator<Value> values) {
        return instruction.accept(new Renaming(values, UnaryOperator.identity()));
    }

    /** Returns the terminator with renamed values and blocks. */
    public static Terminator of(Terminator end, UnaryOperator<Value> values, UnaryOperator<BlockId> blocks) {
        return end.accept(new Renaming(values, blocks));
    }

    private Value now(Value value) {
        return values.apply(value);
    }

    private Terminator.Right now(Terminator.Right right) {
        return right instanceof Terminator.Right.OfValue of ? new Terminator.Right.OfValue(now(of.value())) : right;
    }

    @Override
    public Instruction readContext(Instruction.ReadContext read) {
        return new Instruction.ReadContext(now(read.result()), read.field(), read.offset(), read.width(), read.swap());
    }

    @Override
    public Instruction addressOf(Instruction.AddressOf address) {
        return new Instruction.AddressOf(now(address.result()), address.symbol());
    }

    @Override
    public Instruction readGlobal(Instruction.ReadGlobal read) {
        return new Instruction.ReadGlobal(now(read.result()), now(read.base()), read.offset(), read.width());
    }

    @Override
    public Instruction callIdentity(Instruction.CallIdentity call) {
        return new Instruction.CallIdentity(now(call.result()), call.identity());
    }

    @Override
    public Instruction callString(Instruction.CallString call) {
        return new Instruction.CallString(now(call.result()), call.source(), call.size(), call.cleared());
    }

    @Override
    public Instruction readString(Instruction.ReadString read) {
        return new Instruction.ReadString(now(read.result()), read.size(), read.offset(), read.width());
    }

    @Override
    public Instruction walkString(Instruction.WalkString walk) {
        return new Instruction.WalkString(
                now(walk.result()), now(walk.length()), walk.table(), walk.row(), walk.size(), walk.from());
    }

    @Override
    public Instruction findString(Instruction.FindString find) {
        return new Instruction.FindString(now(find.result()), find.table(), find.size());
    }

    @Override
    public Instruction findEnd(Instruction.FindEnd find) {
        return new Instruction.FindEnd(
                now(find.result()), find.length().map(this::now), find.size(), find.from(), find.before());
    }

    @Override
    public Instruction findByte(Instruction.FindByte find) {
        return new Instruction.FindByte(now(find.result()), find.value(), find.size(), find.from());
    }

    @Override
    public Instruction endPlace(Instruction.EndPlace place) {
        return new Instruction.EndPlace(now(place.result()), now(place.end()));
    }

    @Override
    public Instruction endShift(Instruction.EndShift shift) {
        return new Instruction.EndShift(now(shift.result()), now(shift.end()));
    }

    @Override
    public Instruction readEnd(Instruction.ReadEnd read) {
        return new Instruction.ReadEnd(
                now(read.result()), now(read.place()), now(read.shift()), read.size(), read.back(), read.bytes());
    }

    @Override
    public Instruction leaveToKernel(Instruction.LeaveToKernel leave) {
        return new Instruction.LeaveToKernel(now(leave.result()));
    }

    @Override
    public Instruction readOption(Instruction.ReadOption read) {
        return new Instruction.ReadOption(now(read.result()), read.width());
    }

    @Override
    public Instruction readPacket(Instruction.ReadPacket read) {
        return new Instruction.ReadPacket(now(read.result()), read.at(), read.width(), read.swap());
    }

    @Override
    public Instruction callState(Instruction.CallState call) {
        return new Instruction.CallState(
                now(call.result()),
                call.op(),
                call.operands().stream().map(this::now).toList());
    }

    @Override
    public Instruction lookUp(Instruction.LookUp look) {
        return new Instruction.LookUp(now(look.result()), now(look.number()), look.table());
    }

    @Override
    public Instruction rowOf(Instruction.RowOf row) {
        return new Instruction.RowOf(now(row.result()), now(row.index()), row.table());
    }

    @Override
    public Instruction both(Instruction.Both both) {
        return new Instruction.Both(now(both.result()), now(both.left()), now(both.right()));
    }

    @Override
    public Instruction lowest(Instruction.Lowest lowest) {
        return new Instruction.Lowest(now(lowest.result()), now(lowest.of()));
    }

    @Override
    public Instruction oneOf(Instruction.OneOf one) {
        return new Instruction.OneOf(now(one.result()), now(one.number()), one.points());
    }

    @Override
    public Instruction differences(Instruction.Differences differences) {
        return new Instruction.Differences(now(differences.result()), now(differences.number()), differences.points());
    }

    @Override
    public Instruction inRanges(Instruction.InRanges in) {
        return new Instruction.InRanges(now(in.result()), now(in.number()), in.ranges());
    }

    @Override
    public Instruction bitOf(Instruction.BitOf bit) {
        return new Instruction.BitOf(now(bit.result()), bit.mask(), now(bit.index()));
    }

    @Override
    public Instruction less(Instruction.Less less) {
        return new Instruction.Less(now(less.result()), now(less.of()), less.by());
    }

    @Override
    public Instruction findRoute(Instruction.FindRoute find) {
        return new Instruction.FindRoute(now(find.result()));
    }

    @Override
    public Instruction stampSocket(Instruction.StampSocket stamp) {
        return new Instruction.StampSocket(now(stamp.result()));
    }

    @Override
    public Instruction loadStamp(Instruction.LoadStamp load) {
        return new Instruction.LoadStamp(now(load.result()));
    }

    @Override
    public Instruction foundStamp(Instruction.FoundStamp found) {
        return new Instruction.FoundStamp(now(found.result()));
    }

    @Override
    public Instruction readStampedName(Instruction.ReadStampedName read) {
        return new Instruction.ReadStampedName(now(read.result()), read.offset(), read.width());
    }

    @Override
    public Instruction readStamp(Instruction.ReadStamp read) {
        return new Instruction.ReadStamp(now(read.result()), read.part());
    }

    @Override
    public Instruction constant(Instruction.Constant constant) {
        return new Instruction.Constant(now(constant.result()), constant.value());
    }

    @Override
    public Instruction shift(Instruction.Shift shift) {
        return new Instruction.Shift(now(shift.result()), shift.direction(), now(shift.of()), shift.by());
    }

    @Override
    public Instruction lowBits(Instruction.LowBits low) {
        return new Instruction.LowBits(now(low.result()), now(low.of()), low.bits());
    }

    @Override
    public Instruction masked(Instruction.Masked masked) {
        return new Instruction.Masked(now(masked.result()), now(masked.of()), masked.mask());
    }

    @Override
    public Instruction wireProtocol(Instruction.WireProtocol wire) {
        return new Instruction.WireProtocol(now(wire.result()), now(wire.protocol()), now(wire.type()));
    }

    @Override
    public Instruction networkOrder(Instruction.NetworkOrder order) {
        return new Instruction.NetworkOrder(now(order.result()), now(order.of()), order.bits());
    }

    @Override
    public Instruction join(Instruction.Join join) {
        return new Instruction.Join(now(join.result()), now(join.high()), now(join.low()), join.by());
    }

    @Override
    public Terminator branch(Terminator.Branch end) {
        return new Terminator.Branch(
                end.op(),
                end.width(),
                now(end.left()),
                now(end.right()),
                blocks.apply(end.yes()),
                blocks.apply(end.no()));
    }

    @Override
    public Terminator choose(Terminator.Switch end) {
        return new Terminator.Switch(
                now(end.value()),
                end.cases().stream()
                        .map(way -> new Terminator.Case(way.high(), blocks.apply(way.target())))
                        .toList());
    }

    @Override
    public Terminator goOn(Terminator.Goto end) {
        return new Terminator.Goto(blocks.apply(end.target()));
    }

    @Override
    public Terminator openPacket(Terminator.OpenPacket end) {
        return new Terminator.OpenPacket(
                end.depth(),
                end.fragments(),
                end.filled(),
                end.four().map(blocks),
                end.six().map(blocks),
                end.other().map(blocks),
                end.none().map(blocks));
    }

    @Override
    public Terminator decide(Terminator.Decide end) {
        return new Terminator.Decide(now(end.bit()), end.allowing());
    }

    @Override
    public Terminator end(Terminator.Return end) {
        return new Terminator.Return(
                end.verdict(), end.writes().stream().map(this::now).toList());
    }

    private Terminator.Write now(Terminator.Write write) {
        if (write instanceof Terminator.WriteOption option) {
            return new Terminator.WriteOption(option.option(), now(option.value()));
        }
        if (write instanceof Terminator.WriteOptval optval) {
            return new Terminator.WriteOptval(now(optval.value()));
        }
        if (write instanceof Terminator.WriteOptlen optlen) {
            return new Terminator.WriteOptlen(now(optlen.value()));
        }
        return write instanceof Terminator.WriteContext field
                ? new Terminator.WriteContext(
                        field.field(), field.offset(), field.width(), field.swap(), now(field.value()))
                : write;
    }
}
