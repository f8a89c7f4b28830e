// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.LlvmNotation;
import org.ringwall.testkit.ToolTest;

/** A test of the encoding and text of instructions against LLVM and the kernel. */
class OracleTest {
    private static final Pattern LOG_LINE = Pattern.compile("^(\\d+): (\\([0-9a-f]{2}\\) [^;]*?) *(;.*)?$");

    @TempDir
    Path dir;

    @ToolTest("llvm-objdump-19")
    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void llvmReadsTheSameInstructions(String target) throws IOException {
        ByteOrder order = target.equals("bpfel") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        List<Insn> insns = InsnSamples.all().stream()
                .filter(OracleTest::llvmShowsAllOf)
                .distinct()
                .toList();
        Path object = dir.resolve(target + ".o");
        Files.write(object, TinyObject.of(".text", insns, order));
        List<String> theirs = LlvmNotation.listing(
                Command.run(dir, "llvm-objdump-19", "-d", "--mcpu=v4", "--no-show-raw-insn", object.toString())
                        .succeeded());
        List<String> ours = insns.stream()
                .map(insn -> LlvmNotation.ofKernel(InsnPrinter.plain().print(insn)))
                .toList();
        assertThat(theirs).hasSameSizeAs(ours);
        for (int i = 0; i < ours.size(); i++) {
            assertThat(theirs.get(i)).as("%s", insns.get(i)).isEqualTo(ours.get(i));
        }
    }

    /**
     * Returns whether LLVM prints all fields. It omits the form of a wide immediate, the offset of
     * a kfunc call and the displacement of an indexed load.
     */
    private static boolean llvmShowsAllOf(Insn insn) {
        boolean form = insn instanceof Insn.LoadImm64 load && load.pseudo() != Insn.Pseudo.VALUE;
        boolean index = insn instanceof Insn.CallKfunc call && call.off() != 0;
        boolean displaced = insn instanceof Insn.LoadPacket load && load.index().isPresent() && load.imm() != 0;
        return !form && !index && !displaced;
    }

    @Test
    @KernelTest
    @ToolTest("bpftool")
    void kernelLogsTheSameListing() throws IOException {
        List<Insn> insns = acceptable();
        assertThat(insns).hasSizeGreaterThan(150);
        Path object = dir.resolve("log.o");
        Files.write(object, TinyObject.of("cgroup_skb/egress", insns, ByteOrder.nativeOrder()));
        Path pin =
                Path.of("/sys/fs/bpf/ringwall-oracle-" + ProcessHandle.current().pid());
        String log;
        try {
            log = Command.run(dir, "bpftool", "-d", "prog", "load", object.toString(), pin.toString())
                    .output();
            assertThat(pin).as(log).exists();
        } finally {
            Files.deleteIfExists(pin);
        }
        // The verifier logs a slot again when it walks it from a branch.
        Map<Integer, String> logged = new TreeMap<>();
        log.lines()
                .map(LOG_LINE::matcher)
                .filter(Matcher::matches)
                .forEach(line -> logged.putIfAbsent(Integer.valueOf(line.group(1)), line.group(2)));
        String theirs = logged.entrySet().stream()
                .map(line -> line.getKey() + ": " + line.getValue() + "\n")
                .collect(Collectors.joining());
        InsnPrinter printer = new InsnPrinter(id -> id == 5 ? Optional.of("bpf_ktime_get_ns") : Optional.empty());
        assertThat(theirs).isEqualTo(printer.listing(insns));
    }

    /**
     * Returns a program that the verifier accepts and that has every form of every operation on
     * scalars and on the stack.
     */
    private static List<Insn> acceptable() {
        List<Insn> insns = new ArrayList<>();
        Operand five = Operand.of(5);
        insns.add(new Insn.CallHelper(5));
        insns.add(new Insn.Mov(Width.DW, Width.DW, Reg.R7, five));
        insns.add(new Insn.Mov(Width.W, Width.W, Reg.R8, Operand.of(-7)));
        insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R6, 0x1122334455667788L));
        insns.add(new Insn.Store(Width.DW, Reg.R10, (short) -512, five));
        insns.add(new Insn.Store(Width.DW, Reg.R10, (short) -504, Operand.of(Reg.R6)));
        InsnSamples.all().stream().filter(OracleTest::harmless).forEach(insns::add);
        insns.add(new Insn.Goto((short) 0));
        insns.add(new Insn.GotoLong(0));
        insns.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)));
        insns.add(new Insn.Exit());
        return new ArrayList<>(new LinkedHashSet<>(insns));
    }

    private static boolean harmless(Insn insn) {
        Stream<Boolean> fine = Stream.of(
                insn instanceof Insn.Alu alu && alu.dst() == Reg.R8 && small(alu.src()),
                insn instanceof Insn.Mov mov && mov.dst() == Reg.R8 && small(mov.src()),
                insn instanceof Insn.Neg neg && neg.dst() == Reg.R8,
                insn instanceof Insn.Swap swap && swap.dst() == Reg.R8,
                insn instanceof Insn.Jump jump && jump.dst() == Reg.R0 && jump.off() == 0 && small(jump.src()));
        return fine.anyMatch(holds -> holds) || memory(insn);
    }

    private static boolean small(Operand operand) {
        return operand.equals(Operand.of(7)) || operand.equals(Operand.of(Reg.R7));
    }

    /**
     * Returns whether it accesses the lowest bytes of the stack, which the first stores have
     * written.
     */
    private static boolean memory(Insn insn) {
        Stream<Boolean> fine = Stream.of(
                insn instanceof Insn.Load load && load.dst() == Reg.R8 && bottom(load.src(), load.off()),
                insn instanceof Insn.Store store && bottom(store.dst(), store.off()) && small(store.src()),
                insn instanceof Insn.Atomic atomic && bottom(atomic.dst(), atomic.off()) && atomic.src() == Reg.R7);
        return fine.anyMatch(holds -> holds);
    }

    private static boolean bottom(Reg base, short off) {
        return base == Reg.R10 && off == -512;
    }
}
