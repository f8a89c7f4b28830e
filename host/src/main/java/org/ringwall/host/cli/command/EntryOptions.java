// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.Target;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InstanceState;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The subcommands, options and runs that live sets and tables have in common. */
public final class EntryOptions {
    private EntryOptions() {}

    public static CommandSpec replace() {
        return entries("Replaces all entries by these, atomically.")
                .addOption(Options.flag("--allow-empty", "Accept an empty list, which removes all entries."));
    }

    public static CommandSpec entries(String description) {
        CommandSpec spec = Options.command(description).addPositional(target());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .paramLabel("ENTRY")
                .type(String[].class)
                .arity("0..*")
                .description("Entries, written as in policies; - reads them from standard input.")
                .build());
        spec.addOption(OptionSpec.builder("--file")
                .paramLabel("FILE")
                .type(String[].class)
                .description("A file with one entry per line; # starts a comment.")
                .build());
        return spec.addOption(Options.json());
    }

    public static CommandSpec list() {
        return Options.command("Shows the entries.").addPositional(target()).addOption(Options.json());
    }

    private static PositionalParamSpec target() {
        return PositionalParamSpec.builder()
                .index("0")
                .paramLabel("POLICY[@INSTANCE]/NAME")
                .type(String.class)
                .required(true)
                .description("The policy by name, and the live set or table in it.")
                .build();
    }

    /** Returns the subcommand that the words name. */
    public static ParseResult action(ParseResult words) {
        String name = words.commandSpec().name();
        if (!words.hasSubcommand()) {
            throw new UsageException(
                    "`" + name + "` needs a subcommand",
                    "write ringwall " + name + " and one of "
                            + String.join(
                                    ", ", words.commandSpec().subcommands().keySet()));
        }
        return words.subcommand();
    }

    /**
     * A run of a command on a live set or a table.
     *
     * @param state the instance, open to be read or to be changed
     */
    public record Run(LoaderHost host, InstanceState state, Target target, ParseResult command, Session session) {
        /** Returns the action: {@code list}, {@code add} and so on. */
        public String action() {
            return command.commandSpec().name();
        }

        /** Returns whether the output is JSON. */
        public boolean json() {
            return command.matchedOptionValue("--json", false);
        }

        /** Returns the members of JSON that name the live set or table, for further ones. */
        public Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("policy", target.instance().policy());
            fields.put("instance", target.instance().instance());
            fields.put("name", target.name());
            return fields;
        }

        /** Prints a result as JSON. */
        public void print(Map<String, Object> fields) {
            session.out().println(Json.of(fields));
        }

        /** Prints the result of a change as text. */
        public void print(String text) {
            session.out().println(target + ": " + text);
        }
    }

    /** Runs the action that the words name: lists the entries, or changes them. */
    public static int run(
            ParseResult words,
            Session session,
            BiFunction<ParseResult, Session, Lines.Given> reader,
            Consumer<Run> list,
            BiConsumer<Run, Lines.Given> change) {
        ParseResult command = action(words);
        Target target = Target.parse(command.matchedPositionalValue(0, ""));
        String action = command.commandSpec().name();
        try (LoaderHost host = session.host()) {
            if (action.equals("list")) {
                try (InstanceState state = host.state(target.instance())) {
                    list.accept(new Run(host, state, target, command, session));
                }
                return ExitCode.DONE;
            }
            Lines.Given given = reader.apply(command, session);
            if (action.equals("replace")) {
                // A list that could not be fetched is often an empty file, and an empty deny list
                // denies nothing.
                given.orEmpty(command.matchedOptionValue("--allow-empty", false), target.toString());
            }
            session.changes().begin(target.instance()).with("state", target.name());
            try (InstanceState state = host.change(target.instance())) {
                change.accept(new Run(host, state, target, command, session), given);
            }
            return ExitCode.DONE;
        }
    }

    public static Lines.Given entries(ParseResult command, Session session) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        String[] files = command.matchedOptionValue("--file", new String[0]);
        return Lines.of(Arrays.asList(words), Arrays.asList(files), session.in());
    }
}
