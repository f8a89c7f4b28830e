// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.command.EntryOptions;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Lines;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.Target;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.state.Table;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows and changes tables. */
public final class TableCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows and changes tables.");
        spec.addSubcommand(
                "set", EntryOptions.entries("Adds or changes all of the entries (KEY... = ADDRESS:PORT...) or none."));
        spec.addSubcommand("remove", EntryOptions.entries("Removes the entries of all of these keys or of none."));
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
                    return state.table(target.name(), table -> list(target, table, session, json));
                }
            }
            Rows rows = rows(command, session);
            EntryOptions.mayEmpty(command, action, rows.given(), target);
            session.changes().begin(target.instance()).with("state", target.name());
            try (InstanceState state = host.change(target.instance())) {
                return state.table(
                        target.name(),
                        table ->
                                rows.given().with(lines -> change(target, action, table, rows.words(), session, json)));
            }
        }
    }

    /** Lines of a table, and the same lines as words. */
    private record Rows(Lines.Given given, List<List<String>> words) {}

    /** Returns the given rows. On the command line all words are one entry, in a file each line. */
    private static Rows rows(ParseResult command, Session session) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        boolean one = words.length > 0 && !List.of(words).equals(List.of("-"));
        if (one && !command.hasMatchedOption("--file")) {
            return new Rows(Lines.Given.here(List.of(String.join(" ", words))), List.of(List.of(words)));
        }
        Lines.Given given = EntryOptions.entries(command, session);
        return new Rows(
                given,
                given.entries().stream()
                        .map(line -> List.of(line.split(" ", -1)))
                        .toList());
    }

    private static int change(
            Target target, String action, Table table, List<List<String>> rows, Session session, boolean json) {
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
        session.changes().done(done);
        int size = table.list().size();
        if (json) {
            Map<String, Object> fields = EntryOptions.fields(target);
            fields.put("entries", size);
            fields.put("max", table.text().max());
            session.out().println(Json.of(fields));
        } else {
            session.out()
                    .println(target + ": " + done + "; " + size + " of "
                            + table.text().max());
        }
        return ExitCode.DONE;
    }

    private static int list(Target target, Table table, Session session, boolean json) {
        List<Table.Row> rows = table.list();
        if (json) {
            Map<String, Object> fields = EntryOptions.fields(target);
            fields.put("max", table.text().max());
            fields.put("choices", table.text().choices());
            fields.put("default", table.text().otherwise());
            fields.put(
                    "entries",
                    rows.stream()
                            .map(row -> Map.of("key", row.key(), "to", row.to()))
                            .toList());
            session.out().println(Json.of(fields));
            return ExitCode.DONE;
        }
        rows.forEach(
                row -> session.out().println(words(row.key()) + " " + Table.ARROW + " " + String.join(" ", row.to())));
        return ExitCode.DONE;
    }

    private static String words(Map<String, Object> key) {
        return key.values().stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
