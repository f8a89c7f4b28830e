// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;

/** Switches of every size and width, at and next to every boundary, in both byte orders. */
class SwitchFormsTest {
    private static final Span SPAN = new SourceFile("p.wall", "policy p\n").span(0, 0);
    private static final Value NUMBER = new Value(0);

    /** The source of a value: the protocol usually has one of few values, the others any value. */
    private enum Source {
        PORT(16, "user_port", Width.W, Swap.BE16),
        PROTOCOL(32, "protocol", Width.W, Swap.NONE),
        WORD(32, "user_ip6", Width.W, Swap.BE32),
        HALF(64, "user_ip6", Width.DW, Swap.BE64);

        private final int bits;
        private final ContextField field;
        private final Width width;
        private final Swap swap;

        Source(int bits, String field, Width width, Swap swap) {
            this.bits = bits;
            this.field = ContextStruct.SOCK_ADDR.require(field);
            this.width = width;
            this.swap = swap;
        }

        static Source of(int bits, int seed) {
            List<Source> fitting = Arrays.stream(values())
                    .filter(source -> source.bits == bits)
                    .toList();
            return fitting.get(seed % fitting.size());
        }

        Instruction read() {
            return new Instruction(NUMBER, Op.Load.context(field, 0, width, swap), List.of());
        }

        /** Stores the value where {@link #read} reads it. */
        void put(TinyMachine machine, long number) {
            boolean little = machine.context().order() == ByteOrder.LITTLE_ENDIAN;
            switch (this) {
                case PORT ->
                    machine.context()
                            .putInt(
                                    field.offset(),
                                    little ? Short.reverseBytes((short) number) & 0xffff : (int) number);
                case PROTOCOL -> machine.context().putInt(field.offset(), (int) number);
                case WORD ->
                    machine.context()
                            .putInt(field.offset(), little ? Integer.reverseBytes((int) number) : (int) number);
                case HALF -> machine.context().putLong(field.offset(), little ? Long.reverseBytes(number) : number);
            }
        }
    }

    /** The class of the values up to each key. */
    private record RandomSwitch(int bits, NavigableMap<Long, Integer> classes) {
        int classOf(long number) {
            return classes.ceilingEntry(number).getValue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "16, 2, 2",
        "16, 3, 2",
        "16, 4, 2",
        "16, 7, 2",
        "16, 9, 2",
        "16, 20, 2",
        "16, 60, 2",
        "16, 5, 2",
        "16, 40, 2",
        "16, 3000, 2",
        "16, 40, 5",
        "16, 3000, 30",
        "32, 2, 2",
        "32, 3, 3",
        "32, 9, 2",
        "32, 12, 2",
        "32, 33, 2",
        "32, 6, 2",
        "32, 17, 2",
        "32, 64, 2",
        "32, 129, 2",
        "32, 1025, 2",
        "32, 20000, 2",
        "32, 9, 3",
        "32, 129, 7",
        "32, 1025, 30",
        "32, 20000, 9",
        "64, 2, 2",
        "64, 20, 2",
        "64, 5, 2",
        "64, 60, 2",
        "64, 1025, 2",
        "64, 20000, 2",
        "64, 60, 7",
        "64, 1025, 30"
    })
    void everyValueReachesItsCase(int bits, int ways, int classes) throws CodeTooLargeException {
        for (int seed = 0; seed < (ways > 10_000 ? 1 : 12); seed++) {
            Random random = new Random(31L * seed + bits + 7L * ways + classes);
            RandomSwitch drawn = generate(random, bits, ways, classes, seed % 6);
            ByteOrder order = seed % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            Source source = Source.of(bits, seed / 2);
            assertEveryValueReachesItsCase(random, source, drawn, classes, order);
        }
    }

    private static void assertEveryValueReachesItsCase(
            Random random, Source source, RandomSwitch drawn, int classes, ByteOrder order)
            throws CodeTooLargeException {
        HookCode code = code(source, drawn, classes, order);
        TinyMachine machine = new TinyMachine(code.assembly(), order, ContextStruct.SOCK_ADDR.size(), code.tables());
        for (long number : numbers(random, drawn)) {
            assertThat(run(machine, source, number))
                    .as("%s, number 0x%x", order, number)
                    .isEqualTo(drawn.classOf(number));
        }
    }

    /**
     * Every form is chosen for some of the generated switches, except those for upper halves and
     * for masks.
     */
    @Test
    void everyFormIsChosenForSomeSwitch() {
        Set<String> met = new TreeSet<>();
        for (int[] drawn : new int[][] {
            {16, 2, 2},
            {16, 3, 2},
            {16, 4, 2},
            {16, 7, 2},
            {16, 40, 2},
            {16, 3000, 30},
            {32, 33, 2},
            {32, 129, 2},
            {32, 129, 7},
            {64, 20, 2},
            {64, 1025, 30}
        }) {
            for (int seed = 0; seed < 12; seed++) {
                Random random = new Random(31L * seed + drawn[0] + 7L * drawn[1] + drawn[2]);
                RandomSwitch of = generate(random, drawn[0], drawn[1], drawn[2], seed % 6);
                Passes.forms(routine(Source.of(drawn[0], seed / 2), of, drawn[2])).stream()
                        .map(form -> kind(form.form()))
                        .forEach(met::add);
            }
        }
        assertThat(met)
                .contains(
                        "compare",
                        "comparisons",
                        "mask",
                        "product",
                        "ranges",
                        "direct",
                        "perfect",
                        "cuckoo",
                        "search",
                        "bitmap",
                        "upper");
    }

    /** Returns the first words of a form, which name its kind. */
    private static String kind(String text) {
        if (text.startsWith("by the ")) {
            return text.split(" ")[2];
        }
        return text.contains("ranges at once") ? "ranges" : text.split(" ")[0];
    }

    /**
     * Generates cases at random places, close together, close to the greatest value, with common
     * prefixes, or near v4-mapped addresses.
     */
    private static RandomSwitch generate(Random random, int bits, int ways, int classes, int manner) {
        long max = bits == 64 ? -1L : (1L << bits) - 1;
        TreeMap<Long, Integer> drawn = new TreeMap<>(Long::compareUnsigned);
        while (drawn.size() < ways - 1) {
            if (manner == 5) {
                long shared = random.nextLong() & max;
                int shift = 1 + random.nextInt(bits - 1);
                drawn.put((shared >>> shift << shift) - 1 & max, 0);
                drawn.put(shared | (1L << shift) - 1, 0);
                continue;
            }
            boolean point = random.nextBoolean();
            long high = switch (manner) {
                case 0 -> random.nextLong() & max;
                case 1 -> 0x8000 + random.nextInt(2 * ways) & max;
                case 3 -> random.nextLong() & max;
                case 4 -> max - random.nextInt(2 * ways) & max;
                default -> (bits == 64 ? 0xffff_0000_0000L : 0) + (random.nextInt() & 0xffff_ffffL & max);
            };
            if (high != max) {
                drawn.put(high, 0);
            }
            // A single value among others, like a port.
            if (point && high > 0 && high != max && drawn.size() < ways - 1) {
                drawn.put(high - 1, 0);
            }
        }
        drawn.put(max, 0);
        if (manner == 3) {
            return points(random, bits, drawn, classes);
        }
        int before = random.nextInt(classes);
        for (Long high : drawn.keySet()) {
            before = (before + 1 + random.nextInt(classes - 1)) % classes;
            drawn.put(high, before);
        }
        return new RandomSwitch(bits, drawn);
    }

    /** Generates single values, and one class for all others. */
    private static RandomSwitch points(Random random, int bits, NavigableMap<Long, Integer> highs, int classes) {
        TreeMap<Long, Integer> drawn = new TreeMap<>(Long::compareUnsigned);
        for (long high : highs.keySet()) {
            drawn.putIfAbsent(high - 1, 0);
            drawn.put(high, high == highs.lastKey() ? 0 : 1 + random.nextInt(classes - 1));
        }
        drawn.remove(-1L);
        drawn.put(highs.lastKey(), 0);
        return new RandomSwitch(bits, drawn);
    }

    private static List<Long> numbers(Random random, RandomSwitch drawn) {
        long max = drawn.classes().lastKey();
        List<Long> numbers = new ArrayList<>(List.of(0L, max));
        for (long high : drawn.classes().keySet()) {
            numbers.add(high);
            numbers.add(high + 1 & max);
            numbers.add(high - 1 & max);
        }
        for (int i = 0; i < 2000; i++) {
            numbers.add(random.nextLong() & max);
        }
        return numbers;
    }

    private static HookCode code(Source source, RandomSwitch drawn, int classes, ByteOrder order)
            throws CodeTooLargeException {
        Routine routine = Passes.run(routine(source, drawn, classes));
        return new HookCode(routine, CodeGenerator.generate(routine, new Target(KernelVersion.V6_1, order)));
    }

    /**
     * Returns a routine with the switch. The classes are errnos, except those of allow and of deny
     * without an errno.
     */
    private static Routine routine(Source source, RandomSwitch drawn, int classes) {
        List<Terminator.Case> cases = new ArrayList<>();
        drawn.classes().forEach((high, number) -> cases.add(new Terminator.Case(high, new BlockId(number + 1))));
        List<BasicBlock> blocks = new ArrayList<>();
        blocks.add(new BasicBlock(new BlockId(0), SPAN, List.of(source.read()), new Terminator.Switch(NUMBER, cases)));
        for (int i = 0; i < classes; i++) {
            if (drawn.classes().containsValue(i)) {
                blocks.add(new BasicBlock(new BlockId(i + 1), SPAN, List.of(), new Terminator.Return(verdict(i))));
            }
        }
        return new Routine(Hook.CONNECT6, blocks);
    }

    private static Verdict verdict(int number) {
        return switch (number) {
            case 0 -> Verdict.ALLOW;
            case 1 -> Verdict.DENY;
            default ->
                new Verdict.Deny(Arrays.stream(Errno.values())
                        .filter(errno -> errno != Errno.EPERM)
                        .skip(number - 2)
                        .findFirst()
                        .orElseThrow());
        };
    }

    private static int run(TinyMachine machine, Source source, long number) {
        source.put(machine, number);
        machine.retval = 0;
        long result = machine.run();
        if (result == 1) {
            return 0;
        }
        assertThat(result).isZero();
        for (int i = 1; machine.retval != 0 && i < 100; i++) {
            if (verdict(i) instanceof Verdict.Deny deny && -deny.errno().number() == machine.retval) {
                return i;
            }
        }
        return 1;
    }
}
