// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The grammar of the commands about the state of policies. */
final class StateGrammar {
    private StateGrammar() {}

    static CommandSpec counters() {
        return instance("Shows the counters of a policy.");
    }

    static CommandSpec rates() {
        return instance("Shows the tokens left in the rates of a policy.");
    }

    static CommandSpec enforce() {
        return instance("Ends monitor mode.");
    }

    static CommandSpec live() {
        CommandSpec spec = Grammar.command("Shows and changes live sets.");
        spec.addSubcommand("add", entries("Adds all of the entries or none."));
        spec.addSubcommand("remove", entries("Removes all of the entries or none."));
        spec.addSubcommand("replace", replace());
        spec.addSubcommand("list", list());
        return spec;
    }

    static CommandSpec table() {
        CommandSpec spec = Grammar.command("Shows and changes tables.");
        spec.addSubcommand("set", entries("Adds or changes all of the entries (KEY... = ADDRESS:PORT...) or none."));
        spec.addSubcommand("remove", entries("Removes the entries of all of these keys or of none."));
        spec.addSubcommand("replace", replace());
        spec.addSubcommand("list", list());
        return spec;
    }

    private static CommandSpec replace() {
        return entries("Replaces all entries by these, atomically.")
                .addOption(Grammar.flag("--allow-empty", "Accept an empty list, which removes all entries."));
    }

    private static CommandSpec entries(String description) {
        CommandSpec spec = Grammar.command(description).addPositional(target());
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
        return spec.addOption(Grammar.json());
    }

    private static CommandSpec list() {
        return Grammar.command("Shows the entries.").addPositional(target()).addOption(Grammar.json());
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

    private static CommandSpec instance(String description) {
        return Grammar.command(description).addPositional(Grammar.instance()).addOption(Grammar.json());
    }

    static CommandSpec events() {
        return instance("Shows the records that rules with `log` have written, each one once.")
                .addOption(Grammar.flag("--follow", "Wait for more, until the policy is removed."));
    }

    static CommandSpec monitor() {
        return instance("Starts monitor mode: the policy records but denies nothing.")
                .addOption(OptionSpec.builder("--for")
                        .paramLabel("TIME")
                        .type(String.class)
                        .required(true)
                        .description("How long monitor mode lasts: 90s, 15m, 2h, 1d.")
                        .build())
                .addOption(Grammar.reason());
    }
}
