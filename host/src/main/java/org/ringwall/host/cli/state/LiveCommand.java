// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.EntryOptions;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Lines;
import org.ringwall.host.cli.command.NamedCgroup;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.Target;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.state.LiveSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows and changes live sets. */
public final class LiveCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows and changes live sets.");
        spec.addSubcommand("add", EntryOptions.entries("Adds all of the entries or none."));
        spec.addSubcommand("remove", EntryOptions.entries("Removes all of the entries or none."));
        spec.addSubcommand("replace", EntryOptions.replace());
        spec.addSubcommand("list", EntryOptions.list());
        return spec;
    }

    @Override
    public int run(ParseResult words, Session session) {
        ParseResult command = EntryOptions.action(words);
        Target target = Target.parse(command.matchedPositionalValue(0, ""));
        boolean json = command.matchedOptionValue("--json", false);
        String action = command.commandSpec().name();
        try (LoaderHost host = session.host()) {
            if (action.equals("list")) {
                try (InstanceState state = host.state(target.instance())) {
                    return state.live(target.name(), set -> list(host, target, set, session, json));
                }
            }
            Lines.Given given = EntryOptions.entries(command, session);
            EntryOptions.mayEmpty(command, action, given, target);
            session.changes().begin(target.instance()).with("state", target.name());
            try (InstanceState state = host.change(target.instance())) {
                return state.live(target.name(), set -> {
                    LiveSet.Change change = given.with(entries -> change(host, action, set, entries));
                    session.changes().done(done(action, change));
                    return report(target, action, set, change, session, json);
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

    /** Returns the ids of cgroups, which may be named by their directories. */
    private static List<String> ids(LoaderHost host, List<String> words) {
        return words.stream()
                .map(word -> word.indexOf('/') < 0
                        ? word
                        : Long.toUnsignedString(
                                NamedCgroup.of(host.cgroups(), word).id()))
                .toList();
    }

    private static int list(LoaderHost host, Target target, LiveSet set, Session session, boolean json) {
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
                session.out().println(entry.text() + (path.isEmpty() ? "" : "  " + path) + since);
            }
        }
        if (json) {
            Map<String, Object> fields = EntryOptions.fields(target);
            fields.put("type", set.text().type().word());
            fields.put("max", set.text().max());
            fields.put("entries", rows);
            session.out().println(Json.of(fields));
        }
        return ExitCode.DONE;
    }

    private static String path(LoaderHost host, String id) {
        return host.cgroups()
                .byId(Long.parseUnsignedLong(id))
                .found()
                .flatMap(Cgroup::visible)
                .map(Path::toString)
                .map(Printable::path)
                .orElse("");
    }

    private static String done(String action, LiveSet.Change change) {
        return switch (action) {
            case "add" -> change.changed() + " added";
            case "remove" -> change.changed() + " removed";
            default -> "replaced";
        };
    }

    private static int report(
            Target target, String action, LiveSet set, LiveSet.Change change, Session session, boolean json) {
        if (json) {
            Map<String, Object> fields = EntryOptions.fields(target);
            fields.put("changed", change.changed());
            fields.put("already", change.already());
            change.size().ifPresent(size -> fields.put("entries", size));
            fields.put("max", set.text().max());
            session.out().println(Json.of(fields));
            return ExitCode.DONE;
        }
        String already = change.already().isEmpty()
                ? ""
                : ", there already: " + change.already().stream().limit(5).collect(Collectors.joining(", "))
                        + (change.already().size() > 5
                                ? " and " + (change.already().size() - 5) + " more"
                                : "");
        String size = change.size().isPresent()
                ? change.size().getAsInt() + " of " + set.text().max()
                : "the limit is " + set.text().max();
        session.out().println(target + ": " + done(action, change) + already + "; " + size);
        return ExitCode.DONE;
    }
}
