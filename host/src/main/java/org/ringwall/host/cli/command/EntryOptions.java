// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.host.words.Target;
import org.ringwall.host.words.UsageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The subcommands, options and JSON that live sets and tables have in common. */
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

    /** Returns the action on a live set or a table. */
    public static ParseResult action(ParseResult command) {
        String name = command.commandSpec().name();
        if (!command.hasSubcommand()) {
            throw new UsageException(
                    "`" + name + "` needs a subcommand",
                    "write ringwall " + name + " and one of "
                            + String.join(
                                    ", ", command.commandSpec().subcommands().keySet()));
        }
        return command.subcommand();
    }

    public static Lines.Given entries(ParseResult command, Session session) {
        String[] words = command.matchedPositionalValue(1, new String[0]);
        String[] files = command.matchedOptionValue("--file", new String[0]);
        return Lines.of(Arrays.asList(words), Arrays.asList(files), session.in());
    }

    /**
     * Rejects an empty list without --allow-empty. A list that could not be fetched is often an
     * empty file, and an empty deny list denies nothing.
     */
    public static void mayEmpty(ParseResult command, String action, Lines.Given given, Target target) {
        if (action.equals("replace")) {
            given.orEmpty(command.matchedOptionValue("--allow-empty", false), target.toString());
        }
    }

    public static Map<String, Object> fields(Target target) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", target.instance().policy());
        fields.put("instance", target.instance().instance());
        fields.put("name", target.name());
        return fields;
    }
}
