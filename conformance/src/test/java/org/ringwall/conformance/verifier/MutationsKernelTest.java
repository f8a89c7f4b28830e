// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.verifier.Verifier;
import org.ringwall.bpf.verifier.Violation;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.differential.MachineMeaning;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * A test that our verifier accepts no program that the kernel rejects, on emitted programs with one
 * or two instructions changed. It prints how often our verifier rejects a program that the kernel
 * accepts.
 */
@KernelTest
class MutationsKernelTest {
    private static final int PROGRAMS = Integer.getInteger("ringwall.verifier.mutations", 2_000) / Step.SIZE;
    private static final long SEED = Long.getLong("ringwall.verifier.seed", 20261129);
    private static final int GENERATED = Math.max(1, 4 / Step.SIZE);

    /**
     * Messages of rejections that are out of scope: they limit how many instructions the kernel
     * walks for a program, which depends on its pruning and differs between kernels.
     */
    private static final List<String> COMPLEXITY =
            List.of("BPF program is too large", "jumps is too complex", "too many states", "memory");

    private static final KernelVersion KERNEL = running();

    private static KernelVersion running() {
        try {
            String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
            return KernelVersion.parse(release.strip()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the samples and generated policies that this kernel supports. */
    private static List<BpfObject> objects() {
        Settings settings = new Settings(List.of(KERNEL), ByteOrder.nativeOrder(), Map.of());
        List<Path> paths = Samples.all();
        Stream<BpfObject> samples = IntStream.iterate(0, i -> i < paths.size(), i -> i + Step.SIZE)
                .mapToObj(i -> compiled(paths.get(i), settings))
                .flatMap(Optional::stream);
        Target target = new Target(KERNEL, ByteOrder.nativeOrder());
        Stream<BpfObject> generated = IntStream.range(0, GENERATED)
                .boxed()
                .flatMap(i -> Stream.of(
                        PolicyGenerator.of(SEED + i),
                        PolicyGenerator.ofState(SEED + i),
                        PolicyGenerator.ofPackets(SEED + i)))
                .map(policy -> policy.policy())
                .filter(policy -> KERNEL.atLeast(MachineMeaning.kernel(policy)))
                .filter(policy -> MachineMeaning.fits(policy, target))
                .map(policy -> MachineMeaning.object(policy, target));
        return Stream.concat(samples, generated)
                .filter(object -> !programs(object).isEmpty())
                .toList();
    }

    private static Optional<BpfObject> compiled(Path path, Settings settings) {
        try {
            CompileResult result = Compiler.compile(new SourceFile(path.toString(), Files.readString(path)), settings);
            return result.compilation().map(compilation -> compilation.object());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the programs that call no kernel functions; the others load only with resolved ids.
     */
    private static List<ProgramSpec> programs(BpfObject object) {
        return object.programs().stream()
                .filter(program -> program.kfuncCalls().isEmpty())
                .toList();
    }

    /** Counts of the results of both. */
    private static final class Tally {
        private int accepted;
        private int refused;
        private int stricter;
        private int complex;
        private final List<String> laxer = new ArrayList<>();

        void add(ProgramSpec mutant, List<Violation> ours, Optional<LoadableObject.Refusal> theirs) {
            boolean limit = theirs.filter(refusal -> !refusal.errno().equals("EACCES")
                                    && !refusal.errno().equals("EINVAL")
                            || COMPLEXITY.stream().anyMatch(refusal.log()::contains))
                    .isPresent();
            if (limit) {
                complex++;
            } else if (theirs.isPresent() && ours.isEmpty()) {
                laxer.add(mutant.section() + "\n" + theirs.get() + "\n"
                        + InsnPrinter.plain().listing(mutant.insns()));
            } else if (theirs.isPresent()) {
                refused++;
            } else if (ours.isEmpty()) {
                accepted++;
            } else {
                stricter++;
            }
        }

        @Override
        public String toString() {
            return "both accept %d, both refuse %d, ours alone refuses %d, the kernel's limits refuse %d, the kernel alone refuses %d"
                    .formatted(accepted, refused, stricter, complex, laxer.size());
        }
    }

    @Test
    void ourCheckIsNeverLaxerThanTheKernel() {
        List<BpfObject> objects = objects();
        SplittableRandom random = new SplittableRandom(SEED);
        Tally tally = new Tally();
        int each = (PROGRAMS + objects.size() - 1) / objects.size();
        for (BpfObject object : objects) {
            try (LoadableObject loadable = new LoadableObject(object)) {
                for (int i = 0; i < each; i++) {
                    ProgramSpec program =
                            programs(object).get(random.nextInt(programs(object).size()));
                    ProgramSpec mutant = new Mutator(random.nextLong()).mutated(program);
                    tally.add(mutant, Verifier.check(object, mutant, KERNEL), loadable.refusal(mutant));
                }
            }
        }
        System.out.println("kernel " + KERNEL + ": " + tally);
        assertThat(tally.laxer).isEmpty();
        assertThat(tally.accepted + tally.refused + tally.stricter).isGreaterThan(PROGRAMS / 2);
    }

    /** Both accept unchanged programs. */
    @Test
    void bothAcceptEmittedPrograms() {
        for (BpfObject object : objects()) {
            try (LoadableObject loadable = new LoadableObject(object)) {
                for (ProgramSpec program : programs(object)) {
                    assertThat(Verifier.check(object, program, KERNEL)).isEmpty();
                    assertThat(loadable.refusal(program)).isEmpty();
                }
            }
        }
    }
}
