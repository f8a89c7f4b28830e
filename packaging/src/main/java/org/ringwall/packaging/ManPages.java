// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A generator of the manual pages of a command and its subcommands, in the macros of man(7), from
 * the description of their options.
 *
 * @param release the footer of each page, such as {@code Ringwall 1.0.0}
 * @param date the date of the release
 */
record ManPages(String release, String date) {
    /**
     * Returns the pages by the names of their files: {@code NAME.1}, and {@code NAME-SUB.1} for
     * each subcommand.
     */
    Map<String, String> of(CommandSpec root) {
        Map<String, String> pages = new TreeMap<>();
        pages.put(root.name() + ".1", rootPage(root));
        for (CommandSpec command : subcommands(root)) {
            pages.put(page(command) + ".1", commandPage(root, command));
        }
        return pages;
    }

    private static List<CommandSpec> subcommands(CommandSpec spec) {
        return spec.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .toList();
    }

    private static String page(CommandSpec spec) {
        return spec.qualifiedName("-");
    }

    private String rootPage(CommandSpec root) {
        return head(root)
                + section("COMMANDS")
                + subcommands(root).stream()
                        .map(command -> term("\\fB" + escape(page(command)) + "\\fR(1)", description(command)))
                        .collect(Collectors.joining())
                + options(root)
                + section("FILES")
                + term(
                        "\\fI/etc/ringwall/policies.d\\fR",
                        "The policies that \\fBringwall sync\\fR puts in force, one YAML file each.")
                + term("\\fI/sys/fs/bpf/ringwall\\fR", "The programs and maps of the policies in force.")
                + section("SEE ALSO")
                + "/usr/share/doc/ringwall/host.md, with examples and the exit codes\n";
    }

    private String commandPage(CommandSpec root, CommandSpec command) {
        StringBuilder text = new StringBuilder(head(command)).append(body(command));
        for (CommandSpec action : subcommands(command)) {
            text.append(".SS ").append(quoted(action.name())).append('\n');
            text.append(synopsis(action)).append(".PP\n").append(description(action));
            text.append(terms(action));
        }
        return text.append(section("SEE ALSO"))
                .append("\\fB")
                .append(escape(root.name()))
                .append("\\fR(1)\n")
                .toString();
    }

    private static String body(CommandSpec command) {
        String actions = subcommands(command).isEmpty() ? "" : section("COMMANDS");
        String arguments = command.positionalParameters().isEmpty()
                ? ""
                : section("ARGUMENTS") + positionals(command).collect(Collectors.joining());
        return arguments + options(command) + actions;
    }

    private String head(CommandSpec spec) {
        return ".TH " + quoted(page(spec).toUpperCase(Locale.ROOT)) + " 1 " + quoted(date) + " "
                + quoted(release) + " " + quoted("Ringwall") + "\n"
                // No hyphenation and no justification, which would break the words of options.
                + ".nh\n.ad l\n"
                + section("NAME") + escape(page(spec)) + " \\- "
                + escape(String.join(" ", spec.usageMessage().description()).replaceFirst("\\.$", "")) + "\n"
                + section("SYNOPSIS") + synopsis(spec)
                + section("DESCRIPTION") + description(spec);
    }

    private static String synopsis(CommandSpec spec) {
        String text = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
        String name = spec.qualifiedName();
        String rest = text.strip().replaceAll("\\s+", " ");
        return rest.startsWith(name)
                ? "\\fB" + escape(name) + "\\fR" + escape(rest.substring(name.length())) + "\n"
                : line(escape(rest));
    }

    private static String description(CommandSpec spec) {
        return Stream.of(spec.usageMessage().description())
                .map(text -> line(escape(text)))
                .collect(Collectors.joining());
    }

    private static String options(CommandSpec spec) {
        return section("OPTIONS")
                + spec.options().stream().map(ManPages::option).collect(Collectors.joining());
    }

    private static String terms(CommandSpec spec) {
        return Stream.concat(positionals(spec), spec.options().stream().map(ManPages::option))
                .collect(Collectors.joining());
    }

    private static Stream<String> positionals(CommandSpec spec) {
        return spec.positionalParameters().stream().map(ManPages::positional);
    }

    private static String positional(PositionalParamSpec parameter) {
        return term("\\fI" + escape(parameter.paramLabel()) + "\\fR", text(parameter.description()));
    }

    private static String option(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : " \\fI" + escape(option.paramLabel()) + "\\fR";
        String names = Stream.of(option.names())
                .map(name -> "\\fB" + escape(name) + "\\fR")
                .collect(Collectors.joining(", "));
        return term(names + value, text(option.description()));
    }

    private static String text(String... description) {
        return line(escape(String.join(" ", description)));
    }

    private static String section(String title) {
        return ".SH " + quoted(title) + "\n";
    }

    private static String term(String name, String text) {
        return ".TP\n" + name + "\n" + (text.endsWith("\n") ? text : text + "\n");
    }

    private static String quoted(String text) {
        return '"' + escape(text).replace("\"", "\\(dq") + '"';
    }

    /**
     * Returns a line of text, protected if it begins like a roff request: with a dot or a quote.
     */
    private static String line(String escaped) {
        return (escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "") + escaped + "\n";
    }

    /** Escapes backslashes, and hyphens, which roff would otherwise print as a Unicode hyphen. */
    static String escape(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-");
    }
}
