package org.ringwall.bench.verdict;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Syscalls;

/** The time that the kernel spends in a policy's program, net of an empty one, beside the same policy in C. */
public final class VerdictBenchmark {
    /** Below this many nanoseconds a quotient would be noise. */
    private static final double LEAST = 1;

    private static final int HITS = 0;
    private static final int MISSES = 1;
    private static final long SEED = 0x72696e67;
    private static final List<String> COLUMNS = List.of(
            "policy",
            "variant",
            "insns",
            "jit bytes",
            "processed",
            "hit ns",
            "miss ns",
            "worst ns",
            "worst min",
            "worst max",
            "× clang",
            "verdicts",
            "wrong");

    private final Checkout checkout;
    private final Effort effort;

    public VerdictBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** Measures every workload; needs root, a cgroup2 mount and a bpffs. */
    public Table run() {
        List<List<String>> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Optional<Path> clang = Checkout.clang();
        if (clang.isEmpty()) {
            notes.add("there is no clang on PATH: nothing to compare with");
        }
        if ("root".equals(System.getProperty("user.name"))) {
            Syscalls syscalls = Syscalls.ofThisMachine();
            try (Fd counting = ProgramStats.counting(syscalls)) {

                for (Workload workload : Workload.values()) {
                    rows.addAll(measure(workload, clang));
                }
            }
        } else {
            notes.add("the user is not root: nothing was measured");
        }
        return new Table("verdict", method(), COLUMNS, rows, notes);
    }

    private String method() {
        return "a child cgroup for each variant, real system calls (UDP connect in an empty network namespace, faccessat of"
                + " device nodes) with random keys; run_time_ns ÷ run_cnt of the kernel's bpf_stats, net of an empty program"
                + " in the same round; medians of " + effort.rounds() + " rounds of " + effort.calls()
                + " calls, variants in turn; every verdict compared with the reference evaluator's";
    }

    private List<List<String>> measure(Workload workload, Optional<Path> clang) {
        Compilation compilation = Programs.policy(checkout, workload);
        List<Contestant> contestants = new ArrayList<>();
        try (Nodes nodes = new Nodes(Syscalls.ofThisMachine())) {
            try {
                KeyDraw draw = new KeyDraw(compilation.policy(), SEED);
                List<List<Key>> keys = List.of(workload.keys(draw, true), workload.keys(draw, false));
                List<Path> files =
                        List.of(nodes.write("hits.keys", keys.get(HITS)), nodes.write("misses.keys", keys.get(MISSES)));
                contestants.add(Contestant.ofProgram("empty", Programs.empty(workload), files));
                contestants.add(Contestant.ofPolicy("ringwall", workload.hook(), compilation, files));
                clang.ifPresent(path -> addTwins(contestants, workload, path, nodes, files));
                return compare(workload, compilation.policy(), contestants, keys);
            } finally {
                contestants.forEach(Contestant::close);
            }
        }
    }

    private void addTwins(List<Contestant> contestants, Workload workload, Path clang, Nodes nodes, List<Path> files) {
        BpfObject object = Programs.compileTwins(checkout, clang, workload, nodes.file("twin.o"));
        for (String twin : workload.twins()) {
            String name = clang.getFileName() + " " + twin.replace('_', ' ');
            contestants.add(Contestant.ofProgram(name, Programs.twin(workload, object, twin), files));
        }
    }

    private List<List<String>> compare(
            Workload workload, Policy policy, List<Contestant> contestants, List<List<Key>> keys) {
        List<Result> results = new ArrayList<>();
        for (Contestant contestant : contestants) {
            Result result = new Result(contestant);
            result.check(policy, keys);
            results.add(result);
            for (int set = HITS; set <= MISSES; set++) {
                contestant.nanoseconds(set, effort.calls(), SEED);
            }
        }
        Result empty = results.get(0);
        List<Result> others = results.subList(1, results.size());
        for (int round = 0; round < effort.rounds(); round++) {
            for (int set = HITS; set <= MISSES; set++) {
                double floor = empty.contestant.nanoseconds(set, effort.calls(), SEED + round);
                for (int i = 0; i < others.size(); i++) {
                    Result result = others.get((i + round) % others.size());
                    double gross = result.contestant.nanoseconds(set, effort.calls(), SEED + round);
                    result.net.get(set).add(gross - floor);
                }
            }
        }
        Optional<Summary> base = others.size() > 1 ? Optional.of(others.get(1).worst()) : Optional.empty();
        return others.stream().map(result -> result.row(workload, base)).toList();
    }

    /** What was found about one contestant. */
    private static final class Result {
        private final Contestant contestant;
        private final List<List<Double>> net = List.of(new ArrayList<>(), new ArrayList<>());
        private int verdicts;
        private int wrong;

        Result(Contestant contestant) {
            this.contestant = contestant;
        }

        /** The empty program is right where it lets everything through. */
        void check(Policy policy, List<List<Key>> keys) {
            boolean empty = contestant.name().equals("empty");
            for (int set = HITS; set <= MISSES; set++) {
                List<Boolean> answers = contestant.check(set);
                for (int i = 0; i < answers.size(); i++) {
                    boolean expected =
                            empty || KeyDraw.allows(policy, keys.get(set).get(i));
                    wrong += answers.get(i) == expected ? 0 : 1;
                }
                verdicts += answers.size();
            }
            if (empty && wrong > 0) {
                throw new IllegalStateException(wrong + " calls fail without any policy");
            }
        }

        Summary worst() {
            Summary hit = Summary.of(net.get(HITS));
            Summary miss = Summary.of(net.get(MISSES));
            return hit.median() > miss.median() ? hit : miss;
        }

        List<String> row(Workload workload, Optional<Summary> base) {
            ProgramStats stats = contestant.stats();
            Summary worst = worst();
            return List.of(
                    workload.title(),
                    contestant.name(),
                    Integer.toString(stats.xlated()),
                    Integer.toString(stats.jited()),
                    Integer.toString(stats.processed()),
                    Summary.number(Summary.of(net.get(HITS)).median()),
                    Summary.number(Summary.of(net.get(MISSES)).median()),
                    Summary.number(worst.median()),
                    Summary.number(worst.min()),
                    Summary.number(worst.max()),
                    base.map(other -> worst.ratioTo(other, LEAST)).orElse("–"),
                    Integer.toString(verdicts),
                    Integer.toString(wrong));
        }
    }
}
