// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.compiler.source.SourceFile;

/**
 * A printer of routines: `routine HOOK`, then each block as `bN: ; line L column C` with one
 * instruction a line. Numbers are hexadecimal.
 */
public final class IrPrinter implements Terminator.Visitor<String> {
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
                    .forEach(
                            instruction -> text.append("  ").append(instruction).append('\n'));
            text.append("  ").append(print(block.end())).append('\n');
        }
        return text.toString();
    }

    /** Prints a terminator. */
    public static String print(Terminator end) {
        return end.accept(PRINTER);
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

    private static String place(ContextField field, int offset) {
        return field.name() + (offset == 0 ? "" : "+" + offset);
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
