package org.ringwall.loader.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The grammar of the commands about the state of policies. */
final class StateGrammar {
    private StateGrammar() {}

    static CommandSpec counters() {
        return instance("Tells what a policy counted.");
    }

    static CommandSpec rates() {
        return instance("Tells how many tokens rates have left.");
    }

    static CommandSpec enforce() {
        return instance("Ends monitor mode.");
    }

    static CommandSpec live() {
        CommandSpec spec = Grammar.command("Shows and changes live sets.");
        spec.addSubcommand("add", entries("Adds entries, all or none."));
        spec.addSubcommand("remove", entries("Removes entries, all or none."));
        spec.addSubcommand("replace", replace());
        spec.addSubcommand("list", list());
        return spec;
    }

    static CommandSpec table() {
        CommandSpec spec = Grammar.command("Shows and changes tables.");
        spec.addSubcommand("set", entries("Adds or changes entries, KEY... = ADDRESS:PORT... each, all or none."));
        spec.addSubcommand("remove", entries("Removes the entries of these keys, all or none."));
        spec.addSubcommand("replace", replace());
        spec.addSubcommand("list", list());
        return spec;
    }

    private static CommandSpec replace() {
        return entries("Puts these entries in the place of all, at one instant.")
                .addOption(Grammar.flag("--allow-empty", "Take a list without entries, which removes all."));
    }

    private static CommandSpec entries(String description) {
        CommandSpec spec = Grammar.command(description).addPositional(target());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .paramLabel("ENTRY")
                .type(String[].class)
                .arity("0..*")
                .description("Entries as policies write them; - reads them from standard input.")
                .build());
        spec.addOption(OptionSpec.builder("--file")
                .paramLabel("FILE")
                .type(String[].class)
                .description("One entry a line; # begins a comment.")
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
                .build();
    }

    private static CommandSpec instance(String description) {
        return Grammar.command(description).addPositional(Grammar.instance()).addOption(Grammar.json());
    }

    static CommandSpec events() {
        return instance("Shows the records of rules that log, each once.")
                .addOption(Grammar.flag("--follow", "Wait for more, until the policy is removed."));
    }

    static CommandSpec monitor() {
        return instance("Denies nothing for a while, and records as ever.")
                .addOption(OptionSpec.builder("--for")
                        .paramLabel("TIME")
                        .type(String.class)
                        .required(true)
                        .description("After which the policy decides again by itself: 90s, 15m, 2h, 1d.")
                        .build())
                .addOption(Grammar.reason());
    }
}
