// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.host.cli.command.EntryOptions;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Lines;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.loader.model.InstanceState.Table;
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
        return EntryOptions.run(words, session, TableCommand::rows, TableCommand::list, TableCommand::change);
    }

    /** Returns whether all words of the command line are one entry; in a file each line is one. */
    private static boolean isOne(ParseResult command) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        return words.length > 0 && !List.of(words).equals(List.of("-")) && !command.hasMatchedOption("--file");
    }

    private static Lines.Given rows(ParseResult command, Session session) {
        return isOne(command)
                ? Lines.Given.here(List.of(String.join(" ", command.matchedPositionalValue(1, new String[0]))))
                : EntryOptions.entries(command, session);
    }

    private static List<List<String>> words(ParseResult command, List<String> lines) {
        return isOne(command)
                ? List.of(List.of(command.matchedPositionalValue(1, new String[0])))
                : lines.stream().map(line -> List.of(line.split(" ", -1))).toList();
    }

    private static void change(EntryOptions.Run run, Lines.Given given) {
        run.state().table(run.target().name(), table -> {
            String done = given.with(lines -> change(run.action(), table, words(run.command(), lines)));
            run.session().changes().done(done);
            int size = table.list().size();
            if (run.json()) {
                Map<String, Object> fields = run.fields();
                fields.put("entries", size);
                fields.put("max", table.max());
                run.print(fields);
            } else {
                run.print(done + "; " + size + " of " + table.max());
            }
            return table;
        });
    }

    private static String change(String action, Table table, List<List<String>> rows) {
        switch (action) {
            case "set" -> {
                int before = table.set(rows);
                return rows.size() - before + " added, " + before + " changed";
            }
            case "remove" -> {
                table.remove(rows);
                return rows.size() + " removed";
            }
            default -> {
                table.replace(rows);
                return "replaced";
            }
        }
    }

    private static void list(EntryOptions.Run run) {
        run.state().table(run.target().name(), table -> list(run, table));
    }

    private static Table list(EntryOptions.Run run, Table table) {
        List<Table.Row> rows = table.list();
        if (run.json()) {
            Map<String, Object> fields = run.fields();
            fields.put("max", table.max());
            fields.put("choices", table.choices());
            fields.put("default", table.otherwise());
            fields.put(
                    "entries",
                    rows.stream()
                            .map(row -> Map.of("key", row.key(), "to", row.to()))
                            .toList());
            run.print(fields);
        } else {
            rows.forEach(row -> run.session()
                    .out()
                    .println(words(row.key()) + " " + Table.ARROW + " " + String.join(" ", row.to())));
        }
        return table;
    }

    private static String words(Map<String, Object> key) {
        return key.values().stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
