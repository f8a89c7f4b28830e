// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.compiler.source.SourceFile;

/**
 * A printer of routines: `routine HOOK`, then each block as `bN: ; line L column C` with one
 * instruction a line. Numbers are hexadecimal. {@link IrReader} parses the output.
 */
public final class IrPrinter implements Instruction.Visitor<String>, Terminator.Visitor<String> {
    private static final IrPrinter PRINTER = new IrPrinter();

    private IrPrinter() {}

    /** Prints a routine. */
    public static String print(Routine routine) {
        StringBuilder text = new StringBuilder();
        text.append("routine ").append(routine.hook().word()).append('\n');
        for (BasicBlock block : routine.blocks()) {
            SourceFile.Position at = block.span().position();
            text.append(block.id()).append(": ; line ").append(at.line());
            text.append(" column ").append(at.column()).append('\n');
            block.instructions()
                    .forEach(instruction ->
                            text.append("  ").append(print(instruction)).append('\n'));
            text.append("  ").append(print(block.end())).append('\n');
        }
        return text.toString();
    }

    /** Prints an instruction. */
    public static String print(Instruction instruction) {
        return instruction.result() + " = " + instruction.accept(PRINTER);
    }

    /** Prints the part of an instruction after the equals sign. */
    public static String maker(Instruction instruction) {
        return instruction.accept(PRINTER);
    }

    /** Prints a terminator. */
    public static String print(Terminator end) {
        return end.accept(PRINTER);
    }

    @Override
    public String readContext(Instruction.ReadContext read) {
        String loaded = "u" + read.width().bits() + " ctx." + place(read.field(), read.offset());
        return switch (read.swap()) {
            case NONE -> loaded;
            case BE16, BE32, BE64 -> "be" + read.swap().bits() + " " + loaded;
        };
    }

    private static String place(ContextField field, int offset) {
        return field.name() + (offset == 0 ? "" : "+" + offset);
    }

    @Override
    public String addressOf(Instruction.AddressOf instruction) {
        return "&" + instruction.symbol();
    }

    @Override
    public String readGlobal(Instruction.ReadGlobal read) {
        return "u" + read.width().bits() + " [" + read.base() + "+" + read.offset() + "]";
    }

    @Override
    public String callIdentity(Instruction.CallIdentity instruction) {
        return instruction.identity().toString();
    }

    @Override
    public String callString(Instruction.CallString call) {
        return "string " + call.source().word() + " " + call.size() + " cleared " + call.cleared();
    }

    @Override
    public String readString(Instruction.ReadString read) {
        return "be" + read.width().bits() + " string[" + read.size() + "]+" + read.offset();
    }

    @Override
    public String walkString(Instruction.WalkString walk) {
        return "walk %s string[%d]+%d by %s row 0x%x"
                .formatted(walk.length(), walk.size(), walk.from(), walk.table().symbol(), walk.row());
    }

    @Override
    public String findString(Instruction.FindString find) {
        return "find string[%d] in %s".formatted(find.size(), find.table().symbol());
    }

    @Override
    public String findEnd(Instruction.FindEnd find) {
        return "end %sstring[%d]+%d before %d"
                .formatted(
                        find.length().map(length -> length + " ").orElse(""), find.size(), find.from(), find.before());
    }

    @Override
    public String findByte(Instruction.FindByte find) {
        return "byte 0x%x string[%d]+%d".formatted(find.value(), find.size(), find.from());
    }

    @Override
    public String endPlace(Instruction.EndPlace place) {
        return "end place " + place.end();
    }

    @Override
    public String endShift(Instruction.EndShift shift) {
        return "end shift " + shift.end();
    }

    @Override
    public String readEnd(Instruction.ReadEnd read) {
        return "le%d string[%d] %s %s back %d"
                .formatted(read.bytes() * Byte.SIZE, read.size(), read.place(), read.shift(), read.back());
    }

    @Override
    public String leaveToKernel(Instruction.LeaveToKernel instruction) {
        return "leave_to_kernel";
    }

    @Override
    public String readOption(Instruction.ReadOption instruction) {
        return "option " + instruction.width().bits();
    }

    @Override
    public String readPacket(Instruction.ReadPacket read) {
        String loaded = "u" + read.width().bits() + " packet" + read.at();
        return switch (read.swap()) {
            case NONE -> loaded;
            case BE16, BE32, BE64 -> "be" + read.swap().bits() + " " + loaded;
        };
    }

    @Override
    public String callState(Instruction.CallState call) {
        return "state " + call.op()
                + (call.operands().isEmpty()
                        ? ""
                        : call.operands().stream().map(Value::toString).collect(Collectors.joining(", ", " of ", "")));
    }

    @Override
    public String lookUp(Instruction.LookUp look) {
        return "look up " + look.number() + " in " + look.table().symbol();
    }

    @Override
    public String rowOf(Instruction.RowOf row) {
        return "row " + row.index() + " of " + row.table().symbol();
    }

    @Override
    public String both(Instruction.Both both) {
        return both.left() + " & " + both.right();
    }

    @Override
    public String lowest(Instruction.Lowest lowest) {
        return "lowest " + lowest.of();
    }

    @Override
    public String oneOf(Instruction.OneOf one) {
        return one.number() + " in " + points(one.points());
    }

    @Override
    public String differences(Instruction.Differences differences) {
        return differences.number() + " off " + points(differences.points());
    }

    private static String points(List<Long> points) {
        return points.stream()
                .map(point -> "0x" + Long.toHexString(point))
                .collect(Collectors.joining(", ", "{ ", " }"));
    }

    @Override
    public String inRanges(Instruction.InRanges in) {
        return in.ranges().stream()
                .map(range -> "0x" + Long.toHexString(range.low()) + "..0x" + Long.toHexString(range.high()))
                .collect(Collectors.joining(", ", in.number() + " in [ ", " ]"));
    }

    @Override
    public String bitOf(Instruction.BitOf bit) {
        return "bit " + bit.index() + " of 0x" + Long.toHexString(bit.mask());
    }

    @Override
    public String less(Instruction.Less less) {
        return less.of() + " - 0x" + Long.toHexString(less.by());
    }

    @Override
    public String findRoute(Instruction.FindRoute instruction) {
        return "find_route";
    }

    @Override
    public String stampSocket(Instruction.StampSocket instruction) {
        return "stamp_socket";
    }

    @Override
    public String loadStamp(Instruction.LoadStamp instruction) {
        return "load_stamp";
    }

    @Override
    public String foundStamp(Instruction.FoundStamp instruction) {
        return "found_stamp";
    }

    @Override
    public String readStamp(Instruction.ReadStamp read) {
        return "stamp." + read.part().word();
    }

    @Override
    public String readStampedName(Instruction.ReadStampedName read) {
        return "be" + read.width().bits() + " stamp.comm+" + read.offset();
    }

    @Override
    public String constant(Instruction.Constant instruction) {
        return "0x" + Long.toHexString(instruction.value());
    }

    @Override
    public String shift(Instruction.Shift shift) {
        return shift.of() + " " + shift.direction().symbol() + " " + shift.by();
    }

    @Override
    public String lowBits(Instruction.LowBits instruction) {
        return "low" + instruction.bits() + " " + instruction.of();
    }

    @Override
    public String masked(Instruction.Masked instruction) {
        return instruction.of() + " & 0x" + Long.toHexString(instruction.mask());
    }

    @Override
    public String wireProtocol(Instruction.WireProtocol instruction) {
        return "wire " + instruction.protocol() + " of type " + instruction.type();
    }

    @Override
    public String networkOrder(Instruction.NetworkOrder instruction) {
        return "be" + instruction.bits() + " " + instruction.of();
    }

    @Override
    public String join(Instruction.Join instruction) {
        return (instruction.by() == 32 ? "join " : "join" + instruction.by() + " ") + instruction.high() + " "
                + instruction.low();
    }

    @Override
    public String branch(Terminator.Branch branch) {
        return "if%d %s %s %s then %s else %s"
                .formatted(
                        branch.width().bits(),
                        branch.left(),
                        branch.op().text(),
                        branch.right(),
                        branch.yes(),
                        branch.no());
    }

    @Override
    public String choose(Terminator.Switch choice) {
        return choice.cases().stream()
                .map(way -> "..0x" + Long.toHexString(way.high()) + " " + way.target())
                .collect(Collectors.joining(", ", "switch " + choice.value() + " ", ""));
    }

    @Override
    public String goOn(Terminator.Goto end) {
        return "goto " + end.target();
    }

    @Override
    public String openPacket(Terminator.OpenPacket end) {
        return "packet " + end.depth().word()
                + (end.fragments() ? " fragments" : "")
                + (end.filled() ? " filled" : "")
                + end.four().map(block -> ", v4 " + block).orElse("")
                + end.six().map(block -> ", v6 " + block).orElse("")
                + end.other().map(block -> ", other " + block).orElse("")
                + end.none().map(block -> ", none " + block).orElse("");
    }

    @Override
    public String decide(Terminator.Decide end) {
        return "allow if " + end.bit() + " == " + end.allowing();
    }

    @Override
    public String end(Terminator.Return end) {
        return "return " + end.verdict()
                + end.writes().stream().map(IrPrinter::print).collect(Collectors.joining(","));
    }

    private static String print(Terminator.Write write) {
        if (write instanceof Terminator.WritePath path) {
            return " path = " + path.sunPath().hex();
        }
        if (write instanceof Terminator.WriteSysctl sysctl) {
            return " sysctl = " + sysctl.value().hex();
        }
        if (write instanceof Terminator.WriteOption option) {
            return " option " + option.option() + " = " + option.value();
        }
        if (write instanceof Terminator.WriteOptionName option) {
            return " option " + option.option() + " = hex " + option.name().hex();
        }
        if (write instanceof Terminator.WriteOptval optval) {
            return " optval = " + optval.value();
        }
        if (write instanceof Terminator.WriteOptlen optlen) {
            return " optlen = " + optlen.value();
        }
        if (write instanceof Terminator.WriteSuccess) {
            return " succeed";
        }
        if (write instanceof Terminator.WriteErrno fail) {
            return " fail " + fail.errno();
        }
        Terminator.WriteContext field = (Terminator.WriteContext) write;
        String swap = field.swap() == Swap.NONE ? "" : "be" + field.swap().bits() + " ";
        return " u%d ctx.%s = %s%s"
                .formatted(field.width().bits(), place(field.field(), field.offset()), swap, field.value());
    }
}
