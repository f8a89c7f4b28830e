// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.EntryOptions;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Lines;
import org.ringwall.host.cli.command.NamedCgroup;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceState.LiveSet;
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
        return EntryOptions.run(words, session, EntryOptions::entries, LiveCommand::list, LiveCommand::change);
    }

    private static void change(EntryOptions.Run run, Lines.Given given) {
        run.state().live(run.target().name(), set -> {
            LiveSet.Change change = given.with(entries -> change(run, set, entries));
            run.session().changes().done(done(run, change));
            report(run, set, change);
            return set;
        });
    }

    private static LiveSet.Change change(EntryOptions.Run run, LiveSet set, List<String> entries) {
        List<String> words = isOfCgroups(set) ? ids(run.host(), entries) : entries;
        long now = System.currentTimeMillis() / 1000;
        return switch (run.action()) {
            case "add" -> set.add(words, now);
            case "remove" -> set.remove(words);
            default -> set.replace(words, now);
        };
    }

    private static boolean isOfCgroups(LiveSet set) {
        return set.type().equals(LiveType.CGROUP.word());
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

    private static void list(EntryOptions.Run run) {
        run.state().live(run.target().name(), set -> list(run, set));
    }

    private static LiveSet list(EntryOptions.Run run, LiveSet set) {
        List<Object> rows = new ArrayList<>();
        for (LiveSet.Held entry : set.list()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("entry", entry.text());
            String path = isOfCgroups(set) ? path(run.host(), entry.text()) : "";
            if (!path.isEmpty()) {
                row.put("path", path);
            }
            entry.since().ifPresent(since -> row.put("since", since));
            rows.add(row);
            if (!run.json()) {
                String since = entry.since().isPresent()
                        ? "  since "
                                + java.time.Instant.ofEpochSecond(entry.since().getAsLong())
                        : "";
                run.session().out().println(entry.text() + (path.isEmpty() ? "" : "  " + path) + since);
            }
        }
        if (run.json()) {
            Map<String, Object> fields = run.fields();
            fields.put("type", set.type());
            fields.put("max", set.max());
            fields.put("entries", rows);
            run.print(fields);
        }
        return set;
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

    private static String done(EntryOptions.Run run, LiveSet.Change change) {
        return switch (run.action()) {
            case "add" -> change.changed() + " added";
            case "remove" -> change.changed() + " removed";
            default -> "replaced";
        };
    }

    private static void report(EntryOptions.Run run, LiveSet set, LiveSet.Change change) {
        List<String> already = change.already();
        if (run.json()) {
            Map<String, Object> fields = run.fields();
            fields.put("changed", change.changed());
            fields.put("already", already);
            change.size().ifPresent(size -> fields.put("entries", size));
            fields.put("max", set.max());
            run.print(fields);
            return;
        }
        String there = already.isEmpty()
                ? ""
                : ", there already: " + already.stream().limit(5).collect(Collectors.joining(", "))
                        + (already.size() > 5 ? " and " + (already.size() - 5) + " more" : "");
        String size =
                change.size().isPresent() ? change.size().getAsInt() + " of " + set.max() : "the limit is " + set.max();
        run.print(done(run, change) + there + "; " + size);
    }
}
