// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.field.Contestant;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.field.Workshop;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of the time until a list of IPv4 prefixes is in force: Ringwall compared with a
 * kernel map that is filled by one call. Needs root, a cgroup2 mount and a bpffs.
 */
public final class ReadyBenchmark implements AutoCloseable {
    /** The contestant whose map is filled in this process. */
    public static final String TRIE = "LPM trie";

    /** The contestant whose map is filled by a C program, measured from its start to its exit. */
    public static final String TRIE_COMMAND = "LPM trie, command";

    /** `ringwall apply`, from start to exit. */
    public static final String COMMAND = "ringwall, command";

    private static final Set<String> COMMANDS = Set.of(COMMAND, TRIE_COMMAND);

    private static final Workload WORKLOAD = Workload.PREFIXES4;

    /** Longer lists would take minutes to fill maps. */
    private static final int LARGEST = 100_000;

    /** The rounds after which the JIT has compiled the code of both contestants in this process. */
    private static final int WARMING = 30;

    private final Checkout checkout;
    private final Effort effort;
    private final Workshop shop;
    private final Placed placed = new Placed();
    private final Path keys;
    private final Path loader;
    private final Path object;

    public ReadyBenchmark(Checkout checkout, Effort effort, Path clang) {
        this.checkout = checkout;
        this.effort = effort;
        this.shop = new Workshop(checkout, effort.patience());
        this.keys = shop.file("keys");
        this.loader = shop.file("lpm_loader");
        this.object = shop.file("prefixes.o");
        String source = checkout.file("bench/src/main/c/lpm_loader.c").toString();
        TimedCommand.run(List.of(clang.toString(), "-O2", source, "-o", loader.toString()));
    }

    /** Measures every size, with all contestants in turn, in milliseconds. */
    public List<Figure> run() {
        List<Figure> figures = new ArrayList<>();
        for (int size : WORKLOAD.sizes()) {
            if (size <= Math.min(effort.largest(), LARGEST)) {
                System.err.println("ready " + size);
                run(WORKLOAD.rules(size)).forEach((name, ms) -> {
                    // What happens in this process is not comparable with whole processes.
                    String workload = COMMANDS.contains(name) ? "ready-command" : "ready";
                    figures.add(new Figure(workload, size, name, "ms", Summary.of(ms)));
                });
            }
        }
        return figures;
    }

    private Map<String, List<Double>> run(RuleList rules) {
        Image ours = image(rules, Ringwall.TITLE);
        Image trie = image(rules, TRIE);
        write(object, ((Image.Policy) ours).elf());
        write(keys, keys(trie));
        Map<String, List<Double>> all = new LinkedHashMap<>();
        for (int round = 0; round < WARMING; round++) {
            inProcess(rules, ours);
            inProcess(rules, trie);
        }
        // The command's first run may create its class data archive.
        ringwall();
        for (int round = 0; round < effort.rounds(); round++) {
            add(all, Ringwall.TITLE, inProcess(rules, ours));
            add(all, TRIE, inProcess(rules, trie));
            add(all, COMMAND, ringwall());
            add(all, TRIE_COMMAND, trie());
        }
        return all;
    }

    private static void add(Map<String, List<Double>> all, String name, double ms) {
        all.computeIfAbsent(name, n -> new ArrayList<>()).add(ms);
    }

    private Image image(RuleList rules, String title) {
        Contestant contestant = Lineup.ALL.contestants(WORKLOAD).stream()
                .filter(each -> each.title().equals(title))
                .findFirst()
                .orElseThrow();
        try {
            return contestant.make(rules, shop);
        } catch (Refusal e) {
            throw new IllegalStateException(e);
        }
    }

    private static Bytes keys(Image trie) {
        try {
            return ((Image.Plain) trie).parts().read().maps().get(0).keys();
        } catch (Refusal e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(Path path, Bytes bytes) {
        try {
            Files.write(path, bytes.toArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private double inProcess(RuleList rules, Image image) {
        try {
            InForce.Attached attached = placed.put(image, rules.hook());
            placed.remove(attached.inForce());
            return attached.costs().readyMs();
        } catch (Refusal e) {
            throw new IllegalStateException(e);
        }
    }

    private double ringwall() {
        String command = checkout.file("bin/ringwall").toString();
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            String place = cgroup.path().toString();
            double took = TimedCommand.run(
                    List.of(command, "apply", object.toString(), "--cgroup", place, "--instance", instance()));
            TimedCommand.run(List.of(command, "remove", "addresses@" + instance()));
            return took;
        }
    }

    private static String instance() {
        return "bench-" + ProcessHandle.current().pid();
    }

    private double trie() {
        Path pin =
                Path.of("/sys/fs/bpf/ringwall-bench-" + ProcessHandle.current().pid() + "-trie");
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            double took = TimedCommand.run(
                    List.of(loader.toString(), keys.toString(), cgroup.path().toString(), pin.toString()));
            Files.delete(pin);
            return took;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        placed.clear();
        shop.close();
    }
}
