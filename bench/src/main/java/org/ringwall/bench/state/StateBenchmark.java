// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Owned;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.OtherRingwall;
import org.ringwall.bench.field.Recorded;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.samples.Whole;
import org.ringwall.bench.verdict.AtExit;
import org.ringwall.bench.verdict.Maps;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * A benchmark of every case of a workload. All contestants are in force, each on its own cgroup,
 * and the same calls are made in each of them in turn, with the kernel's statistics enabled. Needs
 * root, a cgroup2 mount, a bpffs, clang and bpftool, which loads objects with libbpf.
 */
public final class StateBenchmark {
    /** The folder of the C programs. */
    static final String FOLDER = "bench/src/main/c/state/";

    private static final long SEED = 0x72696e67;

    private final Checkout checkout;
    private final Effort effort;
    private final Lineup lineup;
    private final Path clang;
    private final Path folder;

    /** Creates a benchmark; `folder` is for objects. */
    public StateBenchmark(Checkout checkout, Effort effort, Lineup lineup, Path clang, Path folder) {
        this.checkout = checkout;
        this.effort = effort;
        this.lineup = lineup;
        this.clang = clang;
        this.folder = folder;
    }

    /** Measures a workload and reports each case to `progress`. */
    public List<StateFigure> run(StateWorkload workload, Consumer<String> progress) {
        List<StateFigure> figures = new ArrayList<>();
        try (Fd counting = ProgramStats.counting(Syscalls.ofThisMachine())) {
            for (StateCase one : workload.cases(effort.largest())) {
                progress.accept(workload.title() + " " + one.kind() + (one.size() == 0 ? "" : " " + one.size()));
                Comparison comparison = new Comparison(workload, one);
                try (AtExit end = new AtExit(comparison::end)) {
                    figures.addAll(comparison.figures());
                }
            }
        }
        return figures;
    }

    /** One case and its contestants. */
    private final class Comparison {
        private final StateWorkload workload;
        private final StateCase one;
        private final Owned owned = new Owned();
        private final List<StateRunner> runners = new ArrayList<>();

        Comparison(StateWorkload workload, StateCase one) {
            this.workload = workload;
            this.one = one;
        }

        private synchronized <T extends AutoCloseable> T own(T resource) {
            return owned.add(resource);
        }

        synchronized void end() {
            owned.close("a case of " + workload.title());
        }

        List<StateFigure> figures() {
            StateRunner floor = enter(new Side("empty", new Side.Empty(), Side.Filling::nothing, Effect::nothing));
            for (Side side : one.sides()) {
                sides(side).forEach(taking -> runners.add(enter(taking)));
            }
            // Processes are created last and closed first, because removing a cgroup kills the
            // processes in it.
            StateCalls calls = own(new StateCalls(one));
            calls.enter(floor);
            runners.forEach(calls::enter);
            runners.forEach(calls::check);
            calls.checkFloor(floor);
            for (int round = -1; round < effort.rounds(); round++) {
                round(calls, floor, round);
            }
            return runners.stream().map(this::figure).toList();
        }

        /** Returns a policy also as compiled by other checkouts; a rival only if it takes part. */
        private List<Side> sides(Side side) {
            if (!(side.source() instanceof Side.Policy policy)) {
                return lineup.meets(side.title()) ? List.of(side) : List.of();
            }
            List<Side> sides = new ArrayList<>(List.of(side));
            for (OtherRingwall other : lineup.others()) {
                sides.add(new Side(
                        other.title(side.title()),
                        new Side.Policy(policy.text(), Optional.of(other)),
                        side.filling(),
                        side.effect()));
            }
            return sides;
        }

        private StateRunner enter(Side side) {
            Whole whole = own(whole(side));
            side.filling().fill(whole);
            return new StateRunner(side, whole, own(side.effect().of(whole)));
        }

        private Whole whole(Side side) {
            Set<Hook> hooks = Set.of(one.hook());
            if (side.source() instanceof Side.C c) {
                return Whole.object(side.title(), compiled(c));
            }
            if (side.source() instanceof Side.Policy policy) {
                return policy.compiler()
                        .map(other -> Whole.policy(side.title(), other.compiled(policy.text())))
                        .orElseGet(() -> Whole.policy(side.title(), compiled(policy.text())));
            }
            if (side.source() instanceof Side.Firewall firewall) {
                return Whole.plain(side.title(), Recorded.systemdFirewall().program(firewall.rules(), checkout));
            }
            return Whole.empty(hooks);
        }

        /** Measures one round. Round -1 is a warm-up and does not count. */
        private void round(StateCalls calls, StateRunner floor, int round) {
            boolean dear = one.calls() instanceof StateCase.Connections || one.atOnce() > 0;
            int count = dear ? Math.max(effort.calls() / StateCalls.CHEAPER, 1) : effort.calls();
            double base = floor.nanoseconds(calls, one.hook(), count, SEED + round);
            for (int i = 0; i < runners.size(); i++) {
                StateRunner runner = runners.get(Math.floorMod(i + round, runners.size()));
                double gross = runner.nanoseconds(calls, one.hook(), count, SEED + round);
                if (round >= 0) {
                    runner.took(gross - base);
                }
            }
        }

        private StateFigure figure(StateRunner runner) {
            List<Integer> maps = runner.whole().mapIds(one.hook());
            long found = runner.effect().found();
            long wrong = runner.wrong() + one.effects().wrong(runner.calls(), found, runner.seconds());
            return new StateFigure(
                    workload,
                    one.kind(),
                    one.size(),
                    runner.side().title(),
                    Summary.of(runner.net()),
                    runner.whole().stats(one.hook()),
                    maps.size(),
                    new Maps(Syscalls.ofThisMachine()).kib(maps),
                    runner.calls(),
                    found,
                    wrong,
                    runner.checked());
        }
    }

    private Path compiled(Side.C c) {
        Path object = folder.resolve(c.file() + ".o");
        List<String> command =
                new ArrayList<>(Checkout.clangCommand(clang, checkout.file(FOLDER + c.file() + ".bpf.c"), object));
        command.add("-mcpu=" + c.cpu());
        c.defines().forEach(define -> command.add("-D" + define));
        Whole.run(command);
        return object;
    }

    private static Bytes compiled(String text) {
        Settings settings =
                new Settings(Settings.DEFAULT.targets(), ByteOrder.nativeOrder(), Settings.DEFAULT.params());
        CompileResult result = Compiler.compile(new SourceFile("bench.wall", text), settings);
        return result.compilation()
                .map(Compilation::elf)
                .orElseThrow(() -> new IllegalStateException(DiagnosticRenderer.render(result.diagnostics())));
    }
}
