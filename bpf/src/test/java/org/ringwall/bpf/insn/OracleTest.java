package org.ringwall.bpf.insn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** What others read in our bytes. */
class OracleTest {
    private static final Pattern HEX = Pattern.compile("-?0x[0-9a-f]+");
    private static final Pattern LLVM_LINE = Pattern.compile("^ *(\\d+):\t(.*)$");
    private static final Pattern LOG_LINE = Pattern.compile("^(\\d+): (\\([0-9a-f]{2}\\) [^;]*?) *(;.*)?$");

    @TempDir
    Path dir;

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @ToolTest("llvm-objdump-19")
    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void llvmReadsTheSameInstructions(String target) throws IOException, InterruptedException {
        ByteOrder order = target.equals("bpfel") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        List<Insn> insns = InsnSamples.all().stream()
                .filter(OracleTest::llvmShowsAllOf)
                .distinct()
                .toList();
        Path object = dir.resolve(target + ".o");
        Files.write(object, TinyObject.of(".text", insns, order));
        List<String> theirs = run("llvm-objdump-19", "-d", "--mcpu=v4", "--no-show-raw-insn", object.toString())
                .lines()
                .map(LLVM_LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> fromLlvm(line.group(2)))
                .toList();
        List<String> ours = insns.stream().map(OracleTest::normal).toList();
        assertThat(theirs).hasSameSizeAs(ours);
        for (int i = 0; i < ours.size(); i++) {
            assertThat(theirs.get(i)).as("%s", insns.get(i)).isEqualTo(ours.get(i));
        }
    }

    /** LLVM leaves out the form of a wide immediate, the offset of a kfunc call and the displacement of an indexed load. */
    private static boolean llvmShowsAllOf(Insn insn) {
        boolean form = insn instanceof Insn.LoadImm64 load && load.pseudo() != Insn.Pseudo.VALUE;
        boolean index = insn instanceof Insn.CallKfunc call && call.off() != 0;
        boolean displaced = insn instanceof Insn.LoadPacket load && load.index().isPresent() && load.imm() != 0;
        return !form && !index && !displaced;
    }

    /** Our notation with decimal numbers and without what LLVM does not tell apart. */
    private static String normal(Insn insn) {
        String text = InsnPrinter.plain().print(insn);
        if (insn instanceof Insn.LoadImm64 load) {
            return text.replaceFirst("0x.*", load.value() + " ll");
        }
        String decimal = HEX.matcher(text)
                .replaceAll(hex ->
                        Integer.toString(Integer.parseUnsignedInt(hex.group().substring(2), 16)));
        return decimal.replaceFirst("^call (pc|kfunc#|#)\\+?", "call #").replace(" + 0]", "]");
    }

    /** LLVM's notation made ours: decimal, `pc`, offsets with their sign attached, 64-bit register names at memory. */
    private static String fromLlvm(String llvm) {
        String text = HEX.matcher(llvm.replaceFirst(" <[^<]*>$", ""))
                .replaceAll(hex -> Long.decode(hex.group()).toString());
        text = text.replaceFirst("goto(l?) ", "goto$1 pc")
                .replaceFirst("^call ", "call #")
                .replaceAll("\\(([rw]\\d+) ([+-]) (\\d+)", "($1 $2$3");
        text = text.replaceFirst("cmpxchg_64\\((r\\d+ .\\d+)", "atomic64_cmpxchg((u64 *)($1)")
                .replaceFirst("cmpxchg32_32\\((r\\d+ .\\d+)", "atomic_cmpxchg((u32 *)($1)")
                .replaceFirst("= xchg_64\\((r\\d+ .\\d+)", "= atomic64_xchg((u64 *)($1)")
                .replaceFirst("= xchg32_32\\((r\\d+ .\\d+)", "= atomic_xchg((u32 *)($1)")
                .replaceFirst("atomic_fetch_(\\w+)\\(\\(u64", "atomic64_fetch_$1((u64");
        boolean memory = text.contains(" *)");
        return memory ? text.replaceAll("\\bw(\\d+)", "r$1") : text;
    }

    @Test
    @KernelTest
    @ToolTest("bpftool")
    void kernelLogsTheSameListing() throws IOException, InterruptedException {
        List<Insn> insns = acceptable();
        assertThat(insns).hasSizeGreaterThan(150);
        Path object = dir.resolve("log.o");
        Files.write(object, TinyObject.of("cgroup_skb/egress", insns, ByteOrder.nativeOrder()));
        Path pin =
                Path.of("/sys/fs/bpf/ringwall-oracle-" + ProcessHandle.current().pid());
        String log;
        try {
            log = run("bpftool", "-d", "prog", "load", object.toString(), pin.toString());
            assertThat(pin).as(log).exists();
        } finally {
            Files.deleteIfExists(pin);
        }
        // A second walk of the same slot, from a branch, logs it again.
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

    /** A program that the verifier takes and that has every operation on scalars and on the stack in every form. */
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

    /** At the lowest byte of the stack, which the first stores set. */
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
