// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.rules.DeviceRule;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.testkit.HangGuard;

/**
 * A test that our program and a runtime's give the same verdict for each type and each access that
 * the kernel has. It compares all majors with some hundred minors, majors of the list with all
 * minors, and the numbers at which a list changes its verdict. Our program finds devices by hashes
 * and masks, which could be wrong for any number; the runtime's compares for equality only, which
 * is checked too. {@code -Dringwall.devices.whole=true} compares all minors of all majors listed.
 */
class DeviceVerdictsTest {
    private static final int TEST_AND_ANSWERS = 2 + 4;
    private static final int MOST_MAJOR = 0xfff;
    private static final int MOST_MINOR = 0xfffff;
    private static final int MINORS = 64;

    /**
     * Whether all minors are compared for every major of a list, which takes minutes a list, or for
     * one random major.
     */
    private static final boolean WHOLE = Boolean.getBoolean("ringwall.devices.whole");

    private static final long SEED = Long.getLong("ringwall.seed", new Random().nextLong());
    private static final Environment KERNEL = Environment.of(KernelVersion.V5_10);

    @Test
    void runcsDefaults() {
        sameVerdicts(DeviceRules.ofRunc(), DeviceFilter.RUNC, 24);
    }

    @Test
    void dockersDefaults() {
        sameVerdicts(DeviceRules.ofDocker(), DeviceFilter.RUNC, 24);
    }

    @Test
    void crunsDefaults() {
        sameVerdicts(DeviceRules.ofCrun(), DeviceFilter.CRUN, 24);
    }

    @Test
    void systemdsDefaults() {
        sameVerdicts(DeviceRules.ofSystemd(), DeviceFilter.SYSTEMD, 45);
    }

    @Test
    void generatedDevices() {
        sameVerdicts(DeviceRules.drawn(10, new SplittableRandom(10)), DeviceFilter.RUNC, 34);
        sameVerdicts(DeviceRules.drawn(16, new SplittableRandom(16)), DeviceFilter.CRUN, 34);
    }

    /**
     * A list that runtimes can no longer load is compared with the list itself, which has single
     * devices that may be read and written.
     */
    @Test
    @HangGuard
    void aThousandDevices() {
        DeviceRules rules = DeviceRules.drawn(1_000, new SplittableRandom(1));
        LoadedProgram ours = ours(rules, 45);
        BitSet listed = new BitSet();
        for (DeviceRule rule : rules.rules()) {
            assertThat(rule.access()).isEqualTo(DeviceRule.READ | DeviceRule.WRITE);
            listed.set(
                    place(rule.type(), rule.major().orElseThrow(), rule.minor().orElseThrow()));
        }
        Verdicts theirs = (type, access, major, minor) ->
                minor < 256 && (access & DeviceRule.MKNOD) == 0 && listed.get(place(type, major, minor));
        same(ours, theirs, IntStream.rangeClosed(0, MOST_MAJOR), minors(rules));
        same(ours, theirs, majors(rules), IntStream.rangeClosed(0, MOST_MINOR).toArray());
        for (DeviceRule rule : rules.rules()) {
            for (int type = 1; type <= 2; type++) {
                for (int access = 1; access <= 7; access++) {
                    for (int beside = -1; beside <= 1; beside++) {
                        int major = rule.major().orElseThrow();
                        int minor = Math.max(0, rule.minor().orElseThrow() + beside);
                        assertThat(verdict(ours, type, access, major, minor) == 1)
                                .as("type %d access %d device %d:%d", type, access, major, minor)
                                .isEqualTo(theirs.allow(type, access, major, minor));
                    }
                }
            }
        }
    }

    private static int place(int type, int major, int minor) {
        return ((type - 1) << 12 | major) << 8 | minor;
    }

    /** The verdict for a device. */
    @FunctionalInterface
    private interface Verdicts {
        boolean allow(int type, int access, int major, int minor);
    }

    /** Compares our program for all of these and fails if a verdict differs. */
    private static void same(LoadedProgram ours, Verdicts theirs, IntStream majors, int[] minors) {
        List<String> wrong = majors.parallel()
                .mapToObj(major -> {
                    DeviceProgram program = new DeviceProgram(ours);
                    List<String> found = new ArrayList<>();
                    for (int type = 1; type <= 2; type++) {
                        for (int access = 1; access <= 7; access++) {
                            for (int minor : minors) {
                                boolean allowed = program.run(type, access, major, minor) == 1;
                                if (allowed != theirs.allow(type, access, major, minor)) {
                                    found.add("type %d access %d device %d:%d".formatted(type, access, major, minor));
                                }
                            }
                        }
                    }
                    return found;
                })
                .flatMap(List::stream)
                .toList();
        assertThat(wrong).as("-Dringwall.seed=" + SEED).isEmpty();
    }

    private static IntStream majors(DeviceRules rules) {
        int[] majors = rules.rules().stream()
                .flatMapToInt(rule -> rule.major().stream())
                .distinct()
                .toArray();
        return WHOLE ? Arrays.stream(majors) : IntStream.of(majors[new Random(SEED).nextInt(majors.length)]);
    }

    /**
     * Returns the minors of the list and their neighbours, those of the first terminals, and random
     * ones.
     */
    private static int[] minors(DeviceRules rules) {
        IntStream near = rules.rules().stream()
                .flatMapToInt(rule -> rule.minor().stream())
                .flatMap(minor -> IntStream.rangeClosed(Math.max(0, minor - 1), minor + 1));
        IntStream drawn = new Random(SEED).ints(MINORS, 0, MOST_MINOR + 1);
        return Stream.of(near, IntStream.range(0, 70), IntStream.of(255, 256, MOST_MINOR), drawn)
                .flatMapToInt(each -> each)
                .distinct()
                .toArray();
    }

    /**
     * Returns the verdicts of a program that compares majors and minors for equality only, so that
     * all numbers that it does not contain have the same verdict.
     */
    private static Verdicts compared(List<Insn> theirs) {
        int[] majors = named(theirs, Reg.R4, MOST_MAJOR + 1);
        int[] minors = named(theirs, Reg.R5, MOST_MINOR + 1);
        LoadedProgram program = LoadedProgram.of(theirs);
        boolean[][][][] table = new boolean[3][8][majors.length + 1][minors.length + 1];
        for (int type = 1; type <= 2; type++) {
            for (int access = 1; access <= 7; access++) {
                for (int i = 0; i <= majors.length; i++) {
                    for (int j = 0; j <= minors.length; j++) {
                        int major = i < majors.length ? majors[i] : unnamed(majors);
                        int minor = j < minors.length ? minors[j] : unnamed(minors);
                        table[type][access][i][j] = verdict(program, type, access, major, minor) == 1;
                    }
                }
            }
        }
        int[] majorAt = indices(majors, MOST_MAJOR + 1);
        int[] minorAt = indices(minors, MOST_MINOR + 1);
        return (type, access, major, minor) -> table[type][access][majorAt[major]][minorAt[minor]];
    }

    /** Returns the numbers below `end` with which a register is compared, sorted. */
    private static int[] named(List<Insn> insns, Reg reg, int end) {
        TreeSet<Integer> numbers = new TreeSet<>();
        for (Insn insn : insns) {
            if (insn instanceof Insn.Jump jump && jump.dst() == reg) {
                assertThat(jump.op()).isIn(Insn.JumpOp.EQ, Insn.JumpOp.NE);
                numbers.add(((Operand.OfImm) jump.src()).value());
            } else {
                assertThat(RegisterUse.of(insn, id -> 5).reads().contains(reg))
                        .as(insn.toString())
                        .isFalse();
            }
        }
        return numbers.stream()
                .mapToInt(number -> number)
                .filter(number -> number >= 0 && number < end)
                .toArray();
    }

    private static int unnamed(int[] named) {
        return IntStream.iterate(0, i -> i + 1)
                .filter(i -> Arrays.binarySearch(named, i) < 0)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Returns for each number its index among the named ones, or their count if it is not one of
     * them.
     */
    private static int[] indices(int[] named, int end) {
        int[] indices = new int[end];
        Arrays.fill(indices, named.length);
        for (int i = 0; i < named.length; i++) {
            indices[named[i]] = i;
        }
        return indices;
    }

    private static void sameVerdicts(DeviceRules rules, DeviceFilter filter, int slots) {
        LoadedProgram theirs = LoadedProgram.of(filter.whole(rules));
        LoadedProgram ours = ours(rules, slots);
        Verdicts everywhere = compared(filter.whole(rules));
        same(ours, everywhere, IntStream.rangeClosed(0, MOST_MAJOR), minors(rules));
        same(
                ours,
                everywhere,
                majors(rules),
                IntStream.rangeClosed(0, MOST_MINOR).toArray());
        TreeSet<Integer> majors = new TreeSet<>(List.of(0, 2047, 2048, MOST_MAJOR));
        TreeSet<Integer> minors = new TreeSet<>(List.of(0, 63, 64, 255, 256, MOST_MINOR));
        for (DeviceRule rule : rules.rules()) {
            rule.major().ifPresent(major -> majors.addAll(List.of(Math.max(0, major - 1), major, major + 1)));
            rule.minor().ifPresent(minor -> minors.addAll(List.of(Math.max(0, minor - 1), minor, minor + 1)));
        }
        for (int type = 1; type <= 2; type++) {
            // The kernel never passes access 0, and has no fourth bit.
            for (int access = 1; access <= 7; access++) {
                for (int major : majors) {
                    for (int minor : minors) {
                        assertThat(verdict(ours, type, access, major, minor))
                                .as("type %d access %d device %d:%d", type, access, major, minor)
                                .isEqualTo(verdict(theirs, type, access, major, minor));
                    }
                }
            }
        }
    }

    /**
     * Returns our program after checking that it has at most so many slots, apart from the check of
     * generations.
     */
    private static LoadedProgram ours(DeviceRules rules, int slots) {
        BpfObject object = object(rules);
        ProgramSpec program = object.programs().get(0);
        assertThat(program.slots() - check()).isLessThanOrEqualTo(slots);
        return LoadedProgram.of(object, program);
    }

    private static BpfObject object(DeviceRules rules) {
        return Compiler.compile(new SourceFile("devices.wall", rules.policy()), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object();
    }

    /**
     * Returns the slots of the check of generations: those of a program that denies every access,
     * without its one test and two returns.
     */
    private static int check() {
        String text = "policy shut\ndevices { default deny }\n";
        ProgramSpec shut = Compiler.compile(new SourceFile("shut.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object()
                .programs()
                .get(0);
        return shut.slots() - TEST_AND_ANSWERS;
    }

    private static int verdict(LoadedProgram program, int type, int access, int major, int minor) {
        Context context = Context.zero(ContextStruct.DEVICE)
                .with("access_type", (long) access << 16 | type)
                .with("major", major)
                .with("minor", minor);
        Outcome outcome = Machine.run(program, Hook.DEVICE, context, KERNEL);
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return (int) ((Outcome.Returned) outcome).r0();
    }
}
