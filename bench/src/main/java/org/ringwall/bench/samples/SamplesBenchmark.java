// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.OtherRingwall;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * A benchmark of every sample policy compared with an equivalent C program, each on its own cgroup.
 * The same process makes the same calls in each, with the kernel's statistics enabled. Needs root,
 * a cgroup2 mount, a bpffs, clang and bpftool, which loads objects with libbpf.
 */
public final class SamplesBenchmark {
    /** The title of Ringwall. */
    public static final String RINGWALL = "ringwall";

    private static final List<Rival> RIVALS = List.of(
            new Rival("clang v1", "v1", false),
            new Rival("clang v3", "v3", false),
            new Rival("clang v1 word", "v1", true),
            new Rival("clang v3 word", "v3", true));

    private static final Actor ROOT = new Actor(0, 0);

    /**
     * A way to build the C programs.
     *
     * @param word whether each program begins with the check of the control word, as Ringwall's do
     */
    private record Rival(String title, String cpu, boolean word) {}

    private final Checkout checkout;
    private final Effort effort;
    private final Lineup lineup;
    private final Path clang;
    private final Path folder;

    /** Creates a benchmark; `folder` is for objects. */
    public SamplesBenchmark(Checkout checkout, Effort effort, Lineup lineup, Path clang, Path folder) {
        this.checkout = checkout;
        this.effort = effort;
        this.lineup = lineup;
        this.clang = clang;
        this.folder = folder;
    }

    public static List<String> names(Checkout checkout) {
        return Sample.names(checkout);
    }

    /**
     * Measures samples and reports each one to `progress`.
     *
     * @param names the names of the samples to measure; all if empty
     */
    public List<Outcome> run(Set<String> names, Consumer<String> progress) {
        List<Sample> samples = Sample.all(checkout).stream()
                .filter(sample -> names.isEmpty() || names.contains(sample.name()))
                .toList();
        List<Outcome> outcomes = new ArrayList<>();
        try (Fd counting = ProgramStats.counting(Syscalls.ofThisMachine());
                ChildCgroup home = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(home.path())) {
            for (Sample sample : samples) {
                if (sample.runsHere()) {
                    progress.accept(sample.name());
                    outcomes.add(run(sample, home, process));
                } else {
                    progress.accept(sample.name() + " is left out: it needs kernel " + sample.since());
                }
            }
        }
        return outcomes;
    }

    private Outcome run(Sample sample, ChildCgroup home, ProbeProcess process) {
        List<Supplier<Whole>> makers = makers(sample);
        try (RealCalls calls = new RealCalls(process)) {
            Comparison comparison = new Comparison(sample, process, calls);
            for (int place = 0; place < effort.places(); place++) {
                List<Whole> all = new ArrayList<>();
                try {
                    makers.forEach(maker -> all.add(maker.get()));
                    comparison.measure(all);
                } finally {
                    Whole.enter(home, process.pid());
                    all.forEach(Whole::close);
                }
            }
            return comparison.outcome();
        }
    }

    /**
     * Returns functions that put each contestant in force: the empty program, Ringwall, and the
     * others.
     */
    private List<Supplier<Whole>> makers(Sample sample) {
        List<Supplier<Whole>> makers = new ArrayList<>();
        makers.add(() -> Whole.empty(sample.hooks()));
        makers.add(() -> Whole.policy(RINGWALL, sample.elf()));
        for (OtherRingwall other : lineup.others()) {
            Bytes elf = other.compiled(sample.text());
            makers.add(() -> Whole.policy(other.title(), elf));
        }
        for (Rival rival : RIVALS) {
            if (lineup.meets(rival.title())) {
                Path object = compiled(sample, rival);
                makers.add(() -> Whole.object(rival.title(), object));
            }
        }
        return makers;
    }

    private Path compiled(Sample sample, Rival rival) {
        Path source = checkout.file(Sample.FOLDER + sample.name() + ".bpf.c");
        Path object = folder.resolve(sample.name() + "." + rival.title().replace(' ', '-') + ".o");
        List<String> command = new ArrayList<>(Checkout.clangCommand(clang, source, object));
        command.add("-mcpu=" + rival.cpu());
        if (rival.word()) {
            command.add("-DWORD");
        }
        Whole.run(command);
        return object;
    }

    /** One sample and its contestants. */
    private final class Comparison {
        private final Sample sample;
        private final ProbeProcess process;
        private final RealCalls calls;
        private final Map<String, Map<Hook, List<Double>>> took = new HashMap<>();
        private final Map<String, Map<Hook, ProgramStats>> programs = new LinkedHashMap<>();
        private final Set<String> differing = new LinkedHashSet<>();
        private List<Answer> ours = List.of();
        private int verdicts;

        Comparison(Sample sample, ProbeProcess process, RealCalls calls) {
            this.sample = sample;
            this.process = process;
            this.calls = calls;
        }

        /**
         * Measures one placement. The first contestant is the empty program, the second one
         * Ringwall.
         */
        void measure(List<Whole> all) {
            ours = answers(all.get(1));
            all.subList(2, all.size()).forEach(other -> compare(other, answers(other)));
            all.subList(1, all.size()).forEach(whole -> programs.put(whole.title(), stats(whole)));
            process.repeat(effort.repeats());
            try {
                for (int round = -1; round < effort.roundsInEachPlace(); round++) {
                    round(all, round);
                }
            } finally {
                process.repeat(1);
            }
        }

        Outcome outcome() {
            return new Outcome(sample.name(), programs(), verdicts, List.copyOf(differing));
        }

        /** Makes each call as root, and as the user that the test names. */
        private List<Answer> answers(Whole whole) {
            whole.enter(process.pid());
            List<Answer> answers = new ArrayList<>();
            for (Probe probe : sample.probes()) {
                answers.add(calls.make(probe, ROOT));
                answers.add(calls.make(probe, actor(probe)));
            }
            return answers;
        }

        private void compare(Whole other, List<Answer> theirs) {
            for (int i = 0; i < ours.size(); i++) {
                verdicts++;
                if (!ours.get(i).equals(theirs.get(i))) {
                    differing.add("`" + sample.probes().get(i / 2).text() + "`" + (i % 2 == 0 ? " by root" : "") + ": "
                            + ours.get(i) + ", under " + other.title() + " " + theirs.get(i));
                }
            }
        }

        /**
         * Measures all contestants once, in an order that rotates with the round. Round -1 is a
         * warm-up and does not count.
         */
        private void round(List<Whole> all, int round) {
            Map<Whole, Map<Hook, Double>> gross = new LinkedHashMap<>();
            for (int i = 0; i < all.size(); i++) {
                Whole whole = all.get(Math.floorMod(i + round, all.size()));
                gross.put(whole, gross(whole));
            }
            Map<Hook, Double> floor = gross.getOrDefault(all.get(0), Map.of());
            if (round >= 0) {
                gross.forEach((whole, byHook) ->
                        byHook.forEach((hook, ns) -> took.computeIfAbsent(whole.title(), w -> new EnumMap<>(Hook.class))
                                .computeIfAbsent(hook, h -> new ArrayList<>())
                                .add(ns - floor.getOrDefault(hook, 0.0))));
            }
        }

        /** Returns the nanoseconds per run at each hook that ran. */
        private Map<Hook, Double> gross(Whole whole) {
            whole.enter(process.pid());
            Map<Hook, ProgramStats> before = stats(whole);
            for (int i = 0; i < sample.probes().size(); i++) {
                Probe probe = sample.probes().get(i);
                if (!waits(probe, ours.get(2 * i + 1))) {
                    calls.make(probe, actor(probe));
                }
            }
            Map<Hook, Double> gross = new EnumMap<>(Hook.class);
            stats(whole).forEach((hook, after) -> {
                ProgramStats then = Optional.ofNullable(before.get(hook)).orElseThrow();
                long runs = after.runs() - then.runs();
                if (runs > 0) {
                    gross.put(hook, (double) (after.runTimeNs() - then.runTimeNs()) / runs);
                }
            });
            return gross;
        }

        private Map<Hook, ProgramStats> stats(Whole whole) {
            Map<Hook, ProgramStats> stats = new EnumMap<>(Hook.class);
            whole.hooks().forEach(hook -> stats.put(hook, whole.stats(hook)));
            return stats;
        }

        private List<Outcome.Program> programs() {
            List<Outcome.Program> measured = new ArrayList<>();
            for (Hook hook : sample.hooks().stream().sorted().toList()) {
                programs.forEach((title, byHook) -> Optional.ofNullable(byHook.get(hook))
                        .ifPresent(stats -> measured.add(new Outcome.Program(
                                hook, title, stats.xlated(), stats.processed(), taken(title, hook)))));
            }
            return measured;
        }

        private Optional<Summary> taken(String title, Hook hook) {
            List<Double> ns = took.getOrDefault(title, Map.of()).getOrDefault(hook, List.of());
            return ns.isEmpty() ? Optional.empty() : Optional.of(Summary.of(ns));
        }
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }

    /**
     * Returns whether the call waits for a packet that does not arrive. Such calls are not
     * repeated.
     */
    private static boolean waits(Probe probe, Answer answer) {
        Request last = probe.requests().get(probe.requests().size() - 1);
        return last.hook() == Hook.SKB_INGRESS && answer.errno() != 0;
    }
}
