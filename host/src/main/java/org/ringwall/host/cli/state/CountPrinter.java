// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.NamedCgroup;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Event;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import picocli.CommandLine.ParseResult;

/** The output of the commands that show counters and rates. */
final class CountPrinter {
    private static final String CGROUP = "cgroup";

    private CountPrinter() {}

    /**
     * The output for one counter or rate.
     *
     * @param about the description by the object
     * @param title the heading in text output
     */
    record Shown(String name, String about, String title, List<InstanceState.Row> rows, Crowd crowd) {}

    /**
     * The number of requests whose key had no room.
     *
     * @param word the name of the member in JSON
     * @param text the label in text output
     * @param number of requests
     */
    record Crowd(String word, String text, BigInteger number) {}

    /** A reader of what a command shows. */
    interface Reading {
        List<Shown> read(LoaderHost host, InstanceState state);
    }

    /** Shows what is read from an instance as text or JSON. */
    static int show(ParseResult command, Session session, Reading reading) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = session.host();
                InstanceState state =
                        host.state(name).withContract(command.commandSpec().name())) {
            List<Shown> shown = reading.read(host, state);
            Paths paths = new Paths(host);
            if (command.matchedOptionValue("--json", false)) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("policy", name.policy());
                fields.put("instance", name.instance());
                fields.put(
                        command.commandSpec().name(),
                        shown.stream().map(each -> json(each, paths)).toList());
                session.out().println(Json.of(fields));
            } else {
                shown.forEach(each -> text(each, paths, session.out()));
                if (shown.isEmpty()) {
                    session.err()
                            .println("ringwall: note: `" + name + "` has no "
                                    + command.commandSpec().name());
                }
            }
            return ExitCode.DONE;
        }
    }

    private static Object json(Shown shown, Paths paths) {
        List<Object> rows = new ArrayList<>();
        for (InstanceState.Row row : shown.rows()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("key", row.key());
            paths.of(row).ifPresent(path -> {
                fields.put("path", path);
                fields.putAll(paths.names.of(path).fields());
            });
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

    private static void text(Shown shown, Paths paths, PrintStream out) {
        out.println(shown.title());
        for (InstanceState.Row row : shown.rows()) {
            String path = paths.of(row)
                    .map(found -> " (" + Printable.path(found) + NamedCgroup.container(paths.names, found) + ")")
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

    /** The directories of keys' cgroups, each looked up once. */
    private static final class Paths {
        private final LoaderHost host;
        private final CgroupNames names;
        private final Map<BigInteger, Optional<String>> known = new HashMap<>();

        Paths(LoaderHost host) {
            this.host = host;
            this.names = CgroupNames.below(host.cgroups().mount());
        }

        /** Returns the directory; empty if it is not visible from here, or the key has none. */
        Optional<String> of(InstanceState.Row row) {
            return row.key().get(CGROUP) instanceof BigInteger id
                    ? known.computeIfAbsent(
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
}
