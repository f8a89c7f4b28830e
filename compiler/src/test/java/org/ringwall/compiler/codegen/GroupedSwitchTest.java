// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
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

/** Many switches on one value after a switch on another value. */
class GroupedSwitchTest {
    private static final Span SPAN = new SourceFile("p.wall", "policy p\n").span(0, 0);
    private static final long FIRST_MAX = 0xffff_ffffL;

    /**
     * The inner switch of each first value, or −1 to allow and −2 to deny, and whether each inner
     * switch allows the second value.
     */
    private record RandomSwitches(NavigableMap<Long, Integer> outer, List<NavigableMap<Long, Boolean>> inner) {
        boolean allows(long first, long second) {
            int way = outer.ceilingEntry(first).getValue();
            return way < 0 ? way == -1 : inner.get(way).ceilingEntry(second).getValue();
        }
    }

    /**
     * Columns: the bits of the second value, the number of switches on it, whether first values are
     * small, and whether some of them decide alone.
     */
    @ParameterizedTest
    @CsvSource({
        "16, 8, true, true",
        "16, 30, false, true",
        "16, 30, false, false",
        "32, 9, true, true",
        "32, 300, true, true",
        "32, 300, false, false",
        "64, 8, false, true",
        "64, 200, true, true",
        "64, 200, false, false",
    })
    void verdictDependsOnBothValues(int bits, int switches, boolean small, boolean rest) throws CodeTooLargeException {
        for (int seed = 0; seed < 6; seed++) {
            Random random = new Random(seed * 1000L + bits + switches);
            RandomSwitches drawn = generate(random, bits, switches, small, rest, seed % 2 == 0);
            Routine routine = Passes.run(routine(drawn, bits));
            ByteOrder order = seed % 3 == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            Assembly code = CodeGenerator.generate(routine, new Target(Target.DEFAULT.oldest(), order));
            assertThat(code.insns().size()).isLessThan(600);
            TinyMachine machine = new TinyMachine(code, order, ContextStruct.SOCK_ADDR.size(), routine.tables());
            for (long[] pair : pairs(random, drawn)) {
                assertThat(run(machine, bits, pair))
                        .as("seed %d: 0x%x, 0x%x", seed, pair[0], pair[1])
                        .isEqualTo(drawn.allows(pair[0], pair[1]) ? 1 : 0);
            }
        }
    }

    private static RandomSwitches generate(
            Random random, int bits, int switches, boolean small, boolean rest, boolean points) {
        long max = bits == 64 ? -1L : (1L << bits) - 1;
        List<NavigableMap<Long, Boolean>> inner = new ArrayList<>();
        for (int i = 0; i < switches; i++) {
            TreeMap<Long, Boolean> ways = new TreeMap<>(Long::compareUnsigned);
            for (int n = 0; n <= random.nextInt(4); n++) {
                long range = bits == 32 && random.nextInt(9) > 0 ? 0xfffff : max - 1;
                long number = Long.remainderUnsigned(random.nextLong() & max, range - 1) + 1;
                ways.putIfAbsent(number - 1, false);
                ways.put(number, true);
            }
            ways.put(max, !points && random.nextBoolean());
            inner.add(ways);
        }
        TreeMap<Long, Integer> outer = new TreeMap<>();
        for (int i = 0; i < 2 * switches; i++) {
            long number = small ? 1 + random.nextInt(4000) : random.nextInt() & FIRST_MAX - 1;
            outer.put(number, i % switches);
            outer.putIfAbsent(number - 1, rest ? -1 - random.nextInt(2) : random.nextInt(switches));
        }
        outer.put(FIRST_MAX, rest ? -2 : 0);
        return new RandomSwitches(outer, inner);
    }

    private static List<long[]> pairs(Random random, RandomSwitches drawn) {
        List<Long> firsts = new ArrayList<>(List.of(0L, FIRST_MAX, 4095L, 4096L));
        drawn.outer().keySet().forEach(high -> firsts.addAll(List.of(high, high + 1 & FIRST_MAX)));
        List<long[]> pairs = new ArrayList<>();
        for (long first : firsts) {
            int way = Math.max(0, drawn.outer().ceilingEntry(first).getValue());
            long max = drawn.inner().get(way).lastKey();
            for (long high : drawn.inner().get(way).keySet()) {
                pairs.add(new long[] {first, high});
                pairs.add(new long[] {first, high + 1 & max});
            }
            pairs.add(new long[] {first, random.nextLong() & max});
        }
        return pairs;
    }

    private static Routine routine(RandomSwitches drawn, int bits) {
        int switches = drawn.inner().size();
        BlockId allow = new BlockId(switches + 1);
        BlockId deny = new BlockId(switches + 2);
        List<BasicBlock> blocks = new ArrayList<>();
        List<Terminator.Case> cases = new ArrayList<>();
        drawn.outer()
                .forEach((high, way) -> cases.add(
                        new Terminator.Case(high, way >= 0 ? new BlockId(way + 1) : way == -1 ? allow : deny)));
        Value first = new Value(0);
        blocks.add(new BasicBlock(
                new BlockId(0),
                SPAN,
                List.of(new Instruction(first, Op.Load.context(field("protocol"), 0, Width.W, Swap.NONE), List.of())),
                new Terminator.Switch(first, cases)));
        for (int i = 0; i < switches; i++) {
            Value second = new Value(i + 1);
            List<Terminator.Case> ways = new ArrayList<>();
            drawn.inner().get(i).forEach((high, allows) -> ways.add(new Terminator.Case(high, allows ? allow : deny)));
            blocks.add(new BasicBlock(
                    new BlockId(i + 1), SPAN, List.of(read(second, bits)), new Terminator.Switch(second, ways)));
        }
        blocks.add(new BasicBlock(allow, SPAN, List.of(), new Terminator.Return(Verdict.ALLOW)));
        blocks.add(new BasicBlock(deny, SPAN, List.of(), new Terminator.Return(Verdict.DENY)));
        return new Routine(Hook.CONNECT6, reached(blocks));
    }

    /** Returns the reachable blocks. */
    private static List<BasicBlock> reached(List<BasicBlock> blocks) {
        List<BasicBlock> kept = new ArrayList<>(List.of(blocks.get(0)));
        for (BasicBlock block : blocks.subList(1, blocks.size())) {
            if (kept.stream().anyMatch(before -> before.end().targets().contains(block.id()))) {
                kept.add(block);
            }
        }
        return kept;
    }

    private static Instruction read(Value value, int bits) {
        return switch (bits) {
            case 16 -> new Instruction(value, Op.Load.context(field("user_port"), 0, Width.W, Swap.BE16), List.of());
            case 32 -> new Instruction(value, Op.Load.context(field("type"), 0, Width.W, Swap.NONE), List.of());
            default -> new Instruction(value, Op.Load.context(field("user_ip6"), 8, Width.DW, Swap.BE64), List.of());
        };
    }

    private static ContextField field(String name) {
        return ContextStruct.SOCK_ADDR.field(name).orElseThrow();
    }

    private static long run(TinyMachine machine, int bits, long[] pair) {
        boolean little = machine.context().order() == ByteOrder.LITTLE_ENDIAN;
        machine.context().putInt(field("protocol").offset(), (int) pair[0]);
        switch (bits) {
            case 16 -> {
                int port = little ? Short.reverseBytes((short) pair[1]) & 0xffff : (int) pair[1];
                machine.context().putInt(field("user_port").offset(), port);
            }
            case 32 -> machine.context().putInt(field("type").offset(), (int) pair[1]);
            default -> {
                long number = little ? Long.reverseBytes(pair[1]) : pair[1];
                machine.context().putLong(field("user_ip6").offset() + 8, number);
            }
        }
        return machine.run();
    }
}
