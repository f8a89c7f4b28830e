package org.ringwall.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.state.StateWorkload;

/**
 * What to run.
 *
 * @param quick less of everything
 * @param list only say what there is
 * @param folder for the results, if not the usual one
 * @param state workloads of what policies keep
 * @param samples the only samples that are meant, by name; all where there is none
 */
record Options(
        boolean quick,
        boolean list,
        Optional<String> folder,
        List<Workload> workloads,
        List<StateWorkload> state,
        Set<Other> others,
        Set<String> samples) {
    /** Benchmarks that are no workload. */
    enum Other {
        SAMPLES("samples", "every sample policy beside the same in C; samples-NAME is one of them"),
        READY("ready", "how long a list of prefixes takes to come into force"),
        COMPILE("compile", "ringwallc as a command and in process, beside clang"),
        JMH("jmh", "the compiler in process, by JMH"),
        CALIBRATE("calibrate", "what the primitives of programs cost on this machine");

        private final String word;
        private final String meaning;

        Other(String word, String meaning) {
            this.word = word;
            this.meaning = meaning;
        }
    }

    /** Before the name of one sample. */
    private static final String SAMPLE = "samples-";

    private static final String USAGE =
            "usage: bench/run [--quick] [--out FOLDER] [BENCHMARK…]\n" + "       bench/run list";

    Options {
        workloads = List.copyOf(workloads);
        state = List.copyOf(state);
        others = Set.copyOf(others);
        samples = Set.copyOf(samples);
    }

    /** Reads arguments; without a name all workloads, `state`, `samples`, `ready` and `compile` are meant. Bad ones are an IllegalArgumentException. */
    static Options parse(String... args) {
        boolean quick = false;
        Optional<String> folder = Optional.empty();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--quick")) {
                quick = true;
            } else if (args[i].equals("--out") && i + 1 < args.length) {
                folder = Optional.of(args[++i]);
            } else if (args[i].startsWith("-")) {
                throw new IllegalArgumentException("`" + args[i] + "` is no option\n" + USAGE);
            } else {
                words.add(args[i]);
            }
        }
        if (words.equals(List.of("list"))) {
            return new Options(quick, true, folder, List.of(), List.of(), Set.of(), Set.of());
        }
        if (words.isEmpty()) {
            return new Options(
                    quick,
                    false,
                    folder,
                    List.of(Workload.values()),
                    List.of(StateWorkload.values()),
                    Set.of(Other.SAMPLES, Other.READY, Other.COMPILE),
                    Set.of());
        }
        Set<Workload> workloads = new LinkedHashSet<>();
        Set<StateWorkload> state = new LinkedHashSet<>();
        Set<Other> others = new LinkedHashSet<>();
        words.stream().filter(word -> !word.startsWith(SAMPLE)).forEach(word -> add(word, workloads, state, others));
        Set<String> samples = words.stream()
                .filter(word -> word.startsWith(SAMPLE))
                .map(word -> word.substring(SAMPLE.length()))
                .collect(Collectors.toSet());
        if (others.contains(Other.SAMPLES)) {
            samples.clear();
        } else if (!samples.isEmpty()) {
            others.add(Other.SAMPLES);
        }
        return new Options(quick, false, folder, List.copyOf(workloads), List.copyOf(state), others, samples);
    }

    private static void add(String word, Set<Workload> workloads, Set<StateWorkload> state, Set<Other> others) {
        List<Workload> named = word.equals("verdict") ? List.of(Workload.values()) : Workload.named(word);
        workloads.addAll(named);
        List<StateWorkload> kept = StateWorkload.named(word);
        state.addAll(kept);
        List<Other> same = Arrays.stream(Other.values())
                .filter(other -> other.word.equals(word))
                .toList();
        others.addAll(same);
        if (named.isEmpty() && kept.isEmpty() && same.isEmpty()) {
            throw new IllegalArgumentException("there is no benchmark `" + word + "`; `bench/run list` lists them");
        }
    }

    /** What there is. */
    static String listing() {
        StringBuilder text = new StringBuilder();
        for (Workload workload : Workload.values()) {
            String sizes = workload.sizes().stream().map(String::valueOf).collect(Collectors.joining(" "));
            text.append(line(workload.title(), workload.meaning() + " (" + sizes + ")"));
        }
        for (StateWorkload workload : StateWorkload.values()) {
            text.append(line(workload.title(), workload.meaning()));
        }
        for (Other other : Other.values()) {
            text.append(line(other.word, other.meaning));
        }
        return text.toString();
    }

    private static String line(String word, String meaning) {
        return word + " ".repeat(Math.max(1, 30 - word.length())) + meaning + "\n";
    }
}
