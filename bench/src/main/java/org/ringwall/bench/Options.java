// SPDX-License-Identifier: Apache-2.0
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
 * The command line of `bench/run`.
 *
 * @param quick whether to measure less
 * @param list whether only to list the benchmarks
 * @param folder the folder for the results, if not the default one
 * @param state the workloads of state
 * @param samples the names of the samples to run; all if empty
 * @param beside the folders of other checkouts whose compilers take part
 * @param only a text that the title of a rival must contain to take part
 */
record Options(
        boolean quick,
        boolean list,
        Optional<String> folder,
        List<Workload> workloads,
        List<StateWorkload> state,
        Set<Other> others,
        Set<String> samples,
        List<String> beside,
        Optional<String> only) {
    /** Benchmarks that are not workloads. */
    enum Other {
        SAMPLES("samples", "every sample policy beside the same in C; samples-NAME is one of them"),
        READY("ready", "how long a list of prefixes takes to come into force"),
        LIVE_LOAD("live-load", "how long a file of addresses takes to come into a live set"),
        START_UP("start-up", "ringwall status, apply and run from start to exit, beside an empty main"),
        OCI_HOOK("oci-hook", "what the hook adds to the start of a container, with the agent and without it"),
        HOST("host", "CPU and memory of commands by the number of cgroups, entries and records"),
        EVENTS("events", "events --json --follow, from denials in bursts to lines that were read"),
        GROWTH("growth", "instructions, CPU and memory of the compiler as policies of one shape grow"),
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

    /** The prefix of the name of one sample. */
    private static final String SAMPLE = "samples-";

    private static final String USAGE =
            "usage: bench/run [--quick] [--out FOLDER] [--beside CHECKOUT]… [--only RIVAL] [BENCHMARK…]\n"
                    + "       bench/run list\n"
                    + "without a BENCHMARK all of them run";

    Options {
        workloads = List.copyOf(workloads);
        state = List.copyOf(state);
        others = Set.copyOf(others);
        samples = Set.copyOf(samples);
        beside = List.copyOf(beside);
    }

    /** Returns these options with other benchmarks. */
    private Options with(List<Workload> measured, List<StateWorkload> kept, Set<Other> rest, Set<String> named) {
        return new Options(quick, list, folder, measured, kept, rest, named, beside, only);
    }

    /**
     * Parses arguments. Without a name, all benchmarks run.
     *
     * @throws IllegalArgumentException with a message for the user if an argument is invalid
     */
    static Options parse(String... args) {
        boolean quick = false;
        Optional<String> folder = Optional.empty();
        Optional<String> only = Optional.empty();
        List<String> beside = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--quick")) {
                quick = true;
            } else if (args[i].equals("--out") && i + 1 < args.length) {
                folder = Optional.of(args[++i]);
            } else if (args[i].equals("--beside") && i + 1 < args.length) {
                beside.add(args[++i]);
            } else if (args[i].equals("--only") && i + 1 < args.length) {
                only = Optional.of(args[++i]);
            } else if (args[i].startsWith("-")) {
                throw new IllegalArgumentException("`" + args[i] + "` is not an option\n" + USAGE);
            } else {
                words.add(args[i]);
            }
        }
        boolean list = words.equals(List.of("list"));
        Options none =
                new Options(quick, list, folder, List.of(), List.of(), Set.of(), Set.of(), List.copyOf(beside), only);
        return list ? none : none.of(words);
    }

    private Options of(List<String> words) {
        if (words.isEmpty()) {
            return with(List.of(Workload.values()), List.of(StateWorkload.values()), Set.of(Other.values()), Set.of());
        }
        Set<Workload> measured = new LinkedHashSet<>();
        Set<StateWorkload> kept = new LinkedHashSet<>();
        Set<Other> rest = new LinkedHashSet<>();
        words.stream().filter(word -> !word.startsWith(SAMPLE)).forEach(word -> add(word, measured, kept, rest));
        Set<String> named = words.stream()
                .filter(word -> word.startsWith(SAMPLE))
                .map(word -> word.substring(SAMPLE.length()))
                .collect(Collectors.toSet());
        if (rest.contains(Other.SAMPLES)) {
            named.clear();
        } else if (!named.isEmpty()) {
            rest.add(Other.SAMPLES);
        }
        return with(List.copyOf(measured), List.copyOf(kept), rest, named);
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

    /** Returns the list of benchmarks. */
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
