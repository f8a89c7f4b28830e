// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.InstanceState;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.Event;
import org.ringwall.loader.state.Printable;
import org.ringwall.loader.sys.Fd;
import picocli.CommandLine.ParseResult;

/** The commands that show counters and rates. */
final class CountCommands {
    private static final String CGROUP = "cgroup";

    private final Supplier<LoaderHost> machine;
    private final PrintStream out;

    CountCommands(Supplier<LoaderHost> machine, PrintStream out) {
        this.machine = machine;
        this.out = out;
    }

    /**
     * The output for one counter or rate.
     *
     * @param about the description by the object
     * @param title the heading in text output
     */
    private record Shown(String name, String about, String title, List<Counts.Row> rows, Crowd crowd) {}

    /**
     * The number of requests whose key had no room.
     *
     * @param word the name of the member in JSON
     * @param text the label in text output
     * @param number of requests
     */
    private record Crowd(String word, String text, BigInteger number) {}

    int counters(ParseResult command) {
        return show(command, (host, state) -> {
            List<Shown> shown = new ArrayList<>();
            Map<String, BigInteger> lost = lost(host, state);
            state.texts()
                    .counters()
                    .forEach((name, text) -> state.counts(name)
                            .ifPresent(rows -> shown.add(new Shown(
                                    name,
                                    text.text(),
                                    name + " " + text.text(),
                                    rows,
                                    new Crowd(
                                            "lost",
                                            "not counted",
                                            lost.getOrDefault(StateNames.counter(name), BigInteger.ZERO))))));
            return shown;
        });
    }

    private static Map<String, BigInteger> lost(LoaderHost host, InstanceState state) {
        Optional<Fd> map = state.map(StateNames.LOST);
        if (map.isEmpty()) {
            return Map.of();
        }
        try (Fd open = map.get()) {
            return new Counts(host.bpf()).losses(open);
        }
    }

    int rates(ParseResult command) {
        return show(command, (host, state) -> {
            List<Shown> shown = new ArrayList<>();
            Counts counts = new Counts(host.bpf());
            long now = host.bootTime();
            state.texts()
                    .rates()
                    .forEach((name, text) -> state.map(StateNames.rate(name)).ifPresent(map -> {
                        try (Fd open = map) {
                            List<Counts.Row> rows = counts.rate(open, text, now);
                            shown.add(new Shown(
                                    name,
                                    text.text(),
                                    title(name, text),
                                    rows,
                                    new Crowd("shared", "judged by the shared bucket", counts.shared(open, text))));
                        }
                    }));
            return shown;
        });
    }

    private static String title(String name, RateText text) {
        String key = text.key().isEmpty() ? "" : " per " + String.join(", ", text.key());
        return name + key + ": one token every " + Durations.exact(text.interval()) + ", at most " + text.burst();
    }

    private interface Reading {
        List<Shown> read(LoaderHost host, InstanceState state);
    }

    private int show(ParseResult command, Reading reading) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = machine.get();
                InstanceState state = host.state(name)) {
            List<Shown> shown = reading.read(host, state);
            Map<BigInteger, Optional<String>> paths = new HashMap<>();
            if (command.matchedOptionValue("--json", false)) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("policy", name.policy());
                fields.put("instance", name.instance());
                fields.put(
                        command.commandSpec().name(),
                        shown.stream().map(each -> json(host, each, paths)).toList());
                out.println(Json.of(fields));
            } else {
                shown.forEach(each -> text(host, each, paths));
            }
            return ExitCode.DONE;
        }
    }

    private static Object json(LoaderHost host, Shown shown, Map<BigInteger, Optional<String>> paths) {
        List<Object> rows = new ArrayList<>();
        for (Counts.Row row : shown.rows()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("key", row.key());
            path(host, row, paths).ifPresent(path -> fields.put("path", path));
            fields.putAll(row.values().isEmpty() ? Map.of() : Map.of("values", row.values()));
            rows.add(fields);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", shown.name());
        fields.put("about", shown.about());
        fields.put("rows", rows);
        fields.put(shown.crowd().word(), shown.crowd().number());
        return fields;
    }

    private void text(LoaderHost host, Shown shown, Map<BigInteger, Optional<String>> paths) {
        out.println(shown.title());
        for (Counts.Row row : shown.rows()) {
            String path = path(host, row, paths)
                    .map(found -> " (" + Printable.path(found) + ")")
                    .orElse("");
            String key = row.key().isEmpty() ? "" : Event.pairs(row.key()) + path + ": ";
            out.println("  " + key + Event.pairs(row.values()));
        }
        if (shown.rows().isEmpty()) {
            out.println("  no entries yet");
        }
        Crowd crowd = shown.crowd();
        if (crowd.number().signum() != 0) {
            out.println("  " + crowd.text() + ", because there was no room for another key: " + crowd.number());
        }
    }

    /** Returns the directory of a key's cgroup; empty if it is not visible from here. */
    private static Optional<String> path(LoaderHost host, Counts.Row row, Map<BigInteger, Optional<String>> paths) {
        return row.key().get(CGROUP) instanceof BigInteger id
                ? paths.computeIfAbsent(
                        id,
                        wanted -> host.cgroups()
                                .byId(wanted.longValue())
                                .found()
                                .flatMap(Cgroup::visible)
                                .map(Path::toString)
                                .map(Printable::of))
                : Optional.empty();
    }
}
