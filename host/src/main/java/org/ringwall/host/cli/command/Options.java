// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ringwall.host.words.Sizes;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.object.PolicyObject;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * Options and parameters that several commands have. They are built by calls, because reading
 * annotations would increase the start time.
 */
public final class Options {
    private static final String DOWNGRADE = "--allow-downgrade";

    private Options() {}

    public static CommandSpec command(String description) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(description);
        return spec.addOption(help());
    }

    public static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show this help.")
                .build();
    }

    public static OptionSpec version() {
        return OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show the version.")
                .build();
    }

    public static OptionSpec json() {
        return flag("--json", "Print JSON.");
    }

    public static OptionSpec flag(String name, String description) {
        return flag(new String[] {name}, description);
    }

    /** Returns a flag with a short and a long name. */
    public static OptionSpec flag(String letter, String name, String description) {
        return flag(new String[] {letter, name}, description);
    }

    private static OptionSpec flag(String[] names, String description) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .description(description)
                .build();
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

    public static OptionSpec reason() {
        return OptionSpec.builder("--reason")
                .paramLabel("TEXT")
                .type(String.class)
                .description("The reason, which ringwall status shows.")
                .build();
    }

    public static PositionalParamSpec object() {
        return PositionalParamSpec.builder()
                .index("0")
                .paramLabel("OBJ.o")
                .type(String.class)
                .required(true)
                .description("The object that ringwallc compile wrote, or a bundle of one policy.")
                .build();
    }

    public static OptionSpec params() {
        return OptionSpec.builder("--param")
                .paramLabel("NAME=VALUE")
                .type(String[].class)
                .description("Sets a param to a value in its declared range.")
                .build();
    }

    public static OptionSpec allowDowngrade() {
        return flag(
                DOWNGRADE,
                "Accept a bundle of a lower version than was applied before, and begin a damaged record of versions"
                        + " anew.");
    }

    public static boolean allowsDowngrade(ParseResult command) {
        return command.matchedOptionValue(DOWNGRADE, false);
    }

    public static OptionSpec acceptForeign() {
        return flag("--accept-foreign", "Start even if a program of another owner can turn a denial into success.");
    }

    public static OptionSpec ringSize() {
        return OptionSpec.builder("--ring-size")
                .paramLabel("SIZE")
                .type(String.class)
                .description("The size of the ring for records: a power of two from 64K to 128M (default: 256K).")
                .build();
    }

    /** Returns the policy with the ring that the user chose, if any. */
    public static PolicyObject sized(PolicyObject policy, ParseResult command) {
        return command.hasMatchedOption("--ring-size")
                ? policy.withRing(Sizes.parse("--ring-size", command.matchedOptionValue("--ring-size", "")))
                : policy;
    }

    public static CommandSpec instance(String description) {
        return command(description).addPositional(instance()).addOption(json());
    }

    public static Map<String, String> params(ParseResult command) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String text : command.matchedOptionValue("--param", new String[0])) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new UsageException("`" + text + "` is not NAME=VALUE", "write --param NAME=VALUE");
            }
            if (values.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
                throw new UsageException(
                        "param `" + text.substring(0, equals) + "` is given twice", "write --param NAME=VALUE once");
            }
        }
        return values;
    }

    public static Set<ApplyChoice> choices(ParseResult command) {
        Set<ApplyChoice> choices = EnumSet.noneOf(ApplyChoice.class);
        for (ApplyChoice choice : ApplyChoice.values()) {
            String option = "--" + choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (command.matchedOptionValue(option, false)) {
                choices.add(choice);
            }
        }
        return choices;
    }
}
