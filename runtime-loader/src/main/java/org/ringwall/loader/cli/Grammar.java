// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The grammar of the command line. It is built by calls, because reading annotations would increase
 * the start time.
 */
final class Grammar {
    /** In the order of the help. */
    private static final List<Map.Entry<String, Supplier<CommandSpec>>> COMMANDS = List.of(
            Map.entry("run", Grammar::run),
            Map.entry("apply", Grammar::apply),
            Map.entry("status", Grammar::status),
            Map.entry("remove", Grammar::remove),
            Map.entry("recover", Grammar::recover),
            Map.entry("live", StateGrammar::live),
            Map.entry("table", StateGrammar::table),
            Map.entry("counters", StateGrammar::counters),
            Map.entry("rates", StateGrammar::rates),
            Map.entry("events", StateGrammar::events),
            Map.entry("monitor", StateGrammar::monitor),
            Map.entry("enforce", StateGrammar::enforce));

    private Grammar() {}

    static List<String> commands() {
        return COMMANDS.stream().map(Map.Entry::getKey).toList();
    }

    /**
     * Returns a parser of only the requested command, because describing a command takes time; of
     * all commands if the word is not one of them.
     */
    static CommandLine commandLine(String asked) {
        CommandSpec root = CommandSpec.create().name("ringwall");
        root.usageMessage().description("Enforces compiled policies on control groups.");
        root.addOption(help());
        boolean known = COMMANDS.stream().anyMatch(command -> command.getKey().equals(asked));
        for (Map.Entry<String, Supplier<CommandSpec>> command : COMMANDS) {
            if (!known || command.getKey().equals(asked)) {
                root.addSubcommand(command.getKey(), command.getValue().get());
            }
        }
        return new CommandLine(root);
    }

    private static CommandSpec run() {
        CommandSpec spec = command("Runs a command under a policy in a new cgroup, and removes both when it ends.");
        spec.usageMessage()
                .customSynopsis("ringwall run OBJ.o [--param NAME=VALUE]... [--inherit-sockets] -- COMMAND...");
        spec.addOption(flag("--inherit-sockets", "Allow sockets as standard input, output or error of the command."));
        return spec.addPositional(object()).addOption(params()).addOption(acceptForeign());
    }

    private static CommandSpec apply() {
        CommandSpec spec = command("Puts a policy in force, or replaces it by another version without a gap.");
        spec.addPositional(object()).addOption(params());
        spec.addOption(OptionSpec.builder("--cgroup")
                .paramLabel("PATH")
                .type(String[].class)
                .arity("1..*")
                .description("Cgroups, each by its directory or id (default: where the policy is in force already).")
                .build());
        spec.addOption(OptionSpec.builder("--pid")
                .paramLabel("PID")
                .type(long[].class)
                .description("The cgroup of this process.")
                .build());
        spec.addOption(OptionSpec.builder("--instance")
                .paramLabel("NAME")
                .type(String.class)
                .defaultValue("main")
                .description(
                        "The name of the instance; a policy can be in force several times under different names (default: main).")
                .build());
        spec.addOption(OptionSpec.builder("--forget")
                .paramLabel("NAME")
                .type(String[].class)
                .description("Discard the content of this live set, table, counter or rate instead of keeping it.")
                .build());
        spec.addOption(OptionSpec.builder("--monitor")
                .paramLabel("TIME")
                .type(String.class)
                .description("Start in monitor mode for this time: 90s, 15m, 2h, 1d.")
                .build());
        spec.addOption(reason());
        spec.addOption(flag("--enforce", "End monitor mode when this version is in force (default: it continues)."));
        spec.addOption(
                flag("--reset-params", "Use the default values (default: parameters keep their current values)."));
        spec.addOption(acceptForeign());
        spec.addOption(flag(
                "--allow-reorder",
                "Accept that programs which run after the policy now will run before its new version."));
        return spec.addOption(flag("--dry-run", "Load and check the policy without attaching it."))
                .addOption(json());
    }

    private static CommandSpec status() {
        return command("Shows the policies in force.")
                .addOption(flag("--check", "Exit with 4 if a policy is lost, detached, overridden or monitored."))
                .addOption(json());
    }

    private static CommandSpec remove() {
        return command("Removes a policy.").addPositional(instance()).addOption(json());
    }

    static PositionalParamSpec instance() {
        return PositionalParamSpec.builder()
                .index("0")
                .paramLabel("NAME[@INSTANCE]")
                .type(String.class)
                .required(true)
                .description("The policy by name; @INSTANCE selects one that was applied with --instance.")
                .build();
    }

    static OptionSpec reason() {
        return OptionSpec.builder("--reason")
                .paramLabel("TEXT")
                .type(String.class)
                .description("The reason, which ringwall status shows.")
                .build();
    }

    private static CommandSpec recover() {
        return command("Completes or undoes what an interrupted command has left.")
                .addOption(json());
    }

    static CommandSpec command(String description) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(description);
        return spec.addOption(help());
    }

    private static PositionalParamSpec object() {
        return PositionalParamSpec.builder()
                .index("0")
                .paramLabel("OBJ.o")
                .type(String.class)
                .required(true)
                .description("The object that ringwallc compile wrote.")
                .build();
    }

    private static OptionSpec acceptForeign() {
        return flag("--accept-foreign", "Start even if a program of another owner can turn a denial into success.");
    }

    private static OptionSpec params() {
        return OptionSpec.builder("--param")
                .paramLabel("NAME=VALUE")
                .type(String[].class)
                .description("Sets a parameter to a value in its declared range.")
                .build();
    }

    static OptionSpec json() {
        return flag("--json", "Print JSON.");
    }

    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .build();
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show this help.")
                .build();
    }
}
