// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.InstanceState;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.Monitoring;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.state.LiveSet;
import org.ringwall.loader.state.Table;
import picocli.CommandLine.ParseResult;

/** The commands that show and change live sets and tables, and monitor mode. */
final class StateCommands {
    private final Supplier<LoaderHost> machine;
    private final InputStream in;
    private final PrintStream out;

    StateCommands(Supplier<LoaderHost> machine, InputStream in, PrintStream out) {
        this.machine = machine;
        this.in = in;
        this.out = out;
    }

    int live(ParseResult command) {
        Target target = Target.parse(command.matchedPositionalValue(0, ""));
        boolean json = command.matchedOptionValue("--json", false);
        String action = command.commandSpec().name();
        try (LoaderHost host = machine.get()) {
            if (action.equals("list")) {
                try (InstanceState state = host.state(target.instance())) {
                    return state.live(target.name(), set -> list(host, target, set, json));
                }
            }
            Lines.Given given = entries(command);
            mayEmpty(command, action, given, target);
            try (InstanceState state = host.change(target.instance())) {
                return state.live(target.name(), set -> {
                    LiveSet.Change change = given.with(entries -> change(host, action, set, entries));
                    return report(target, action, set, change, json);
                });
            }
        }
    }

    private static LiveSet.Change change(LoaderHost host, String action, LiveSet set, List<String> entries) {
        List<String> words = set.text().type() == LiveType.CGROUP ? ids(host, entries) : entries;
        long now = System.currentTimeMillis() / 1000;
        return switch (action) {
            case "add" -> set.add(words, now);
            case "remove" -> set.remove(words);
            default -> set.replace(words, now);
        };
    }

    /**
     * Rejects an empty list without --allow-empty. A list that could not be fetched is often an
     * empty file, and an empty deny list denies nothing.
     */
    private static void mayEmpty(ParseResult command, String action, Lines.Given given, Target target) {
        if (action.equals("replace")) {
            given.orEmpty(command.matchedOptionValue("--allow-empty", false), target.toString());
        }
    }

    private Lines.Given entries(ParseResult command) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        String[] files = command.matchedOptionValue("--file", new String[0]);
        return Lines.of(Arrays.asList(words), Arrays.asList(files), in);
    }

    /** Returns the ids of cgroups, which may be named by their directories. */
    private static List<String> ids(LoaderHost host, List<String> words) {
        return words.stream()
                .map(word -> word.indexOf('/') < 0
                        ? word
                        : Long.toUnsignedString(
                                NamedCgroup.of(host.cgroups(), word).id()))
                .toList();
    }

    private int list(LoaderHost host, Target target, LiveSet set, boolean json) {
        List<LiveSet.Held> held = set.list();
        boolean cgroups = set.text().type() == LiveType.CGROUP;
        List<Object> rows = new ArrayList<>();
        for (LiveSet.Held entry : held) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("entry", entry.text());
            String path = cgroups ? path(host, entry.text()) : "";
            if (!path.isEmpty()) {
                row.put("path", path);
            }
            entry.since().ifPresent(since -> row.put("since", since));
            rows.add(row);
            if (!json) {
                String since = entry.since().isPresent()
                        ? "  since "
                                + java.time.Instant.ofEpochSecond(entry.since().getAsLong())
                        : "";
                out.println(entry.text() + (path.isEmpty() ? "" : "  " + path) + since);
            }
        }
        if (json) {
            Map<String, Object> fields = fields(target);
            fields.put("type", set.text().type().word());
            fields.put("max", set.text().max());
            fields.put("entries", rows);
            out.println(Json.of(fields));
        }
        return ExitCode.DONE;
    }

    private static String path(LoaderHost host, String id) {
        return host.cgroups()
                .byId(Long.parseUnsignedLong(id))
                .found()
                .flatMap(Cgroup::visible)
                .map(Path::toString)
                .map(org.ringwall.loader.state.Printable::path)
                .orElse("");
    }

    private static Map<String, Object> fields(Target target) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", target.instance().policy());
        fields.put("instance", target.instance().instance());
        fields.put("name", target.name());
        return fields;
    }

    private int report(Target target, String action, LiveSet set, LiveSet.Change change, boolean json) {
        if (json) {
            Map<String, Object> fields = fields(target);
            fields.put("changed", change.changed());
            fields.put("already", change.already());
            change.size().ifPresent(size -> fields.put("entries", size));
            fields.put("max", set.text().max());
            out.println(Json.of(fields));
            return ExitCode.DONE;
        }
        String done = switch (action) {
            case "add" -> change.changed() + " added";
            case "remove" -> change.changed() + " removed";
            default -> "replaced";
        };
        String already = change.already().isEmpty()
                ? ""
                : ", there already: " + change.already().stream().limit(5).collect(Collectors.joining(", "))
                        + (change.already().size() > 5
                                ? " and " + (change.already().size() - 5) + " more"
                                : "");
        String size = change.size().isPresent()
                ? change.size().getAsInt() + " of " + set.text().max()
                : "the limit is " + set.text().max();
        out.println(target + ": " + done + already + "; " + size);
        return ExitCode.DONE;
    }

    int table(ParseResult command) {
        Target target = Target.parse(command.matchedPositionalValue(0, ""));
        boolean json = command.matchedOptionValue("--json", false);
        String action = command.commandSpec().name();
        try (LoaderHost host = machine.get()) {
            if (action.equals("list")) {
                try (InstanceState state = host.state(target.instance())) {
                    return state.table(target.name(), table -> list(target, table, json));
                }
            }
            Rows rows = rows(command);
            mayEmpty(command, action, rows.given(), target);
            try (InstanceState state = host.change(target.instance())) {
                return state.table(
                        target.name(),
                        table -> rows.given().with(lines -> change(target, action, table, rows.words(), json)));
            }
        }
    }

    /** Lines of a table, and the same lines as words. */
    private record Rows(Lines.Given given, List<List<String>> words) {}

    /** Returns the given rows. On the command line all words are one entry, in a file each line. */
    private Rows rows(ParseResult command) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        boolean one = words.length > 0 && !List.of(words).equals(List.of("-"));
        if (one && !command.hasMatchedOption("--file")) {
            return new Rows(Lines.Given.here(List.of(String.join(" ", words))), List.of(List.of(words)));
        }
        Lines.Given given = entries(command);
        return new Rows(
                given,
                given.entries().stream()
                        .map(line -> List.of(line.split(" ", -1)))
                        .toList());
    }

    private int change(Target target, String action, Table table, List<List<String>> rows, boolean json) {
        String done;
        switch (action) {
            case "set" -> {
                int before = table.set(rows);
                done = rows.size() - before + " added, " + before + " changed";
            }
            case "remove" -> {
                table.remove(rows);
                done = rows.size() + " removed";
            }
            default -> {
                table.replace(rows);
                done = "replaced";
            }
        }
        int size = table.list().size();
        if (json) {
            Map<String, Object> fields = fields(target);
            fields.put("entries", size);
            fields.put("max", table.text().max());
            out.println(Json.of(fields));
        } else {
            out.println(
                    target + ": " + done + "; " + size + " of " + table.text().max());
        }
        return ExitCode.DONE;
    }

    private int list(Target target, Table table, boolean json) {
        List<Table.Row> rows = table.list();
        if (json) {
            Map<String, Object> fields = fields(target);
            fields.put("max", table.text().max());
            fields.put("choices", table.text().choices());
            fields.put("default", table.text().otherwise());
            fields.put(
                    "entries",
                    rows.stream()
                            .map(row -> Map.of("key", row.key(), "to", row.to()))
                            .toList());
            out.println(Json.of(fields));
            return ExitCode.DONE;
        }
        rows.forEach(row -> out.println(words(row.key()) + " " + Table.ARROW + " " + String.join(" ", row.to())));
        return ExitCode.DONE;
    }

    private static String words(Map<String, Object> key) {
        return key.values().stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    int monitor(ParseResult command) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        long length = Durations.parse(command.matchedOptionValue("--for", ""));
        String reason = command.matchedOptionValue("--reason", "");
        try (LoaderHost host = machine.get();
                InstanceState state = host.change(name)) {
            state.monitor(new Monitoring(host.bootTime() + length, reason));
            if (command.matchedOptionValue("--json", false)) {
                out.println(Json.of(mode(name, "monitor", length / 1_000_000_000L)));
            } else {
                out.println(name + ": monitored for " + Durations.text(length / 1_000_000_000L)
                        + ", after which it denies again; ringwall enforce " + name + " ends it earlier");
            }
            return ExitCode.DONE;
        }
    }

    int enforce(ParseResult command) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = machine.get();
                InstanceState state = host.change(name)) {
            boolean was = state.enforce(host.clock().now());
            if (command.matchedOptionValue("--json", false)) {
                out.println(Json.of(mode(name, "enforce", 0)));
            } else {
                out.println(name + ": " + (was ? "enforced" : "enforced already"));
            }
            return ExitCode.DONE;
        }
    }

    private static Map<String, Object> mode(InstanceName name, String mode, long seconds) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        fields.put("mode", mode);
        fields.put("seconds", seconds);
        return fields;
    }
}
