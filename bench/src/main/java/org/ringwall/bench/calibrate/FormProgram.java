// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.SymbolRef;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A program of the compiler's code generator for one form of a switch. It allows everything,
 * whatever it finds. The value is the destination address or port of a connect(2).
 */
final class FormProgram {
    private static final Span SPAN = new SourceFile("calibrate.wall", "policy calibrate\n").span(0, 0);
    private static final Target TARGET = new Target(KernelVersion.V5_10, ByteOrder.nativeOrder());

    private final List<Instruction> instructions = new ArrayList<>();

    private FormProgram() {}

    /** Returns a program that reads the address. */
    static FormProgram ofAddress() {
        return reading("user_ip4", Swap.BE32);
    }

    /** Returns a program that reads the port. */
    static FormProgram ofPort() {
        return reading("user_port", Swap.BE16);
    }

    private static FormProgram reading(String field, Swap swap) {
        FormProgram program = new FormProgram();
        return program.then(Op.Load.context(ContextStruct.SOCK_ADDR.require(field), 0, Width.W, swap));
    }

    /** Returns the result of the last instruction. */
    Value last() {
        return instructions.get(instructions.size() - 1).result();
    }

    /** Adds an instruction. */
    FormProgram then(Op op, Value... operands) {
        instructions.add(new Instruction(new Value(instructions.size()), op, List.of(operands)));
        return this;
    }

    /** Adds this many instructions. The operation is given the number of instructions before it. */
    FormProgram then(int times, IntFunction<Op> op, Value operand) {
        for (int i = 0; i < times; i++) {
            then(op.apply(instructions.size()), operand);
        }
        return this;
    }

    /** Returns the program, which then allows the request. */
    PlainProgram end() {
        return program(List.of(new BasicBlock(new BlockId(0), SPAN, instructions, pass())));
    }

    /**
     * Returns the program, which then compares the last result with the value that was read first.
     */
    PlainProgram endComparing() {
        BlockId same = new BlockId(1);
        BlockId other = new BlockId(2);
        Terminator.Right right =
                new Terminator.Right.OfValue(instructions.get(0).result());
        return program(List.of(
                new BasicBlock(
                        new BlockId(0),
                        SPAN,
                        instructions,
                        new Terminator.Branch(Comparison.EQ, Width.DW, last(), right, same, other)),
                new BasicBlock(other, SPAN, List.of(), pass()),
                new BasicBlock(same, SPAN, List.of(), pass())));
    }

    private static Terminator pass() {
        return new Terminator.Return(Verdict.ALLOW);
    }

    private static PlainProgram program(List<BasicBlock> blocks) {
        Routine routine = new Routine(Hook.CONNECT4, blocks);
        try {
            return program(CodeGenerator.generate(routine, TARGET), routine.tables());
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PlainProgram program(Assembly code, Iterable<DataTable> tables) {
        List<PlainMap> maps = new ArrayList<>();
        Map<String, Integer> places = new HashMap<>();
        for (DataTable table : tables) {
            for (DataTable.Piece piece : table.pieces(TARGET.order())) {
                places.put(piece.symbol(), maps.size());
                maps.add(frozen(piece.content()));
            }
        }
        Map<Integer, SymbolRef> symbols = new HashMap<>();
        code.symbols().forEach(symbol -> symbols.put(symbol.slot(), symbol));
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : code.insns()) {
            SymbolRef symbol = symbols.get(slot);
            insns.add(symbol == null ? insn : address((Insn.LoadImm64) insn, symbol, places));
            slot += insn.slots();
        }
        return new PlainProgram(Hook.CONNECT4, insns, maps);
    }

    private static PlainMap frozen(byte[] content) {
        MapSpec spec = MapSpec.array("table", content.length, 1, MapSpec.READ_ONLY_FOR_PROGRAMS);
        return new PlainMap(spec, Bytes.zeros(Integer.BYTES), Bytes.of(content), true);
    }

    private static Insn address(Insn.LoadImm64 load, SymbolRef symbol, Map<String, Integer> places) {
        int place = Optional.ofNullable(places.get(symbol.name())).orElseThrow();
        return new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, load.dst(), (long) symbol.addend() << 32 | place);
    }
}
