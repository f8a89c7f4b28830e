// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
    /** The last sections of the page of {@code ringwall}. */
    private static final String HOST = section("EXIT STATUS")
            + term("0", "Done.")
            + term("1", "An argument is wrong: no such policy, set or entry, or an object that cannot be applied.")
            + term("2", "The words make no command.")
            + term("3", "The kernel or the host refused.")
            + term(
                    "4",
                    "\\fBstatus \\-\\-check\\fR: a policy is not enforced, or is not what was signed; \\fBsync\\fR: something is"
                            + " not as declared; \\fBdoctor\\fR: there is a problem.")
            + ".PP\n\\fBringwall\\-run\\fR(1) exits as its command does, with 125 if it fails itself, 126 if the command cannot"
            + " be started, and 127 if there is no such command.\n"
            + section("ENVIRONMENT")
            + term("RINGWALL_JOURNAL", "Another file for the journal; none if it is empty.")
            + term("NO_COLOR", "If it is set, \\fBringwall doctor\\fR prints no colours.")
            + section("FILES")
            + term(
                    "\\fI/etc/ringwall/policies.d\\fR",
                    "The policies that \\fBringwall sync\\fR puts in force, one YAML file each.")
            + term("\\fI/etc/ringwall/trust.d\\fR", "The keys of \\fBringwall trust\\fR, one file each.")
            + term("\\fI/etc/ringwall/runtime.conf\\fR", "The settings of the OCI runtime \\fIringwall\\-runc\\fR.")
            + term("\\fI/sys/fs/bpf/ringwall\\fR", "The programs and maps of the policies in force.")
            + term("\\fI/var/lib/ringwall/versions\\fR", "The highest version of each policy of a signed bundle.")
            + term("\\fI/var/log/ringwall/journal.jsonl\\fR", "What \\fBringwall journal\\fR shows.")
            + section("EXAMPLES")
            + ".TP\nRun a command under a policy, and remove both when it ends:\n"
            + "ringwall run agent.o \\-\\- ./agent\n"
            + ".TP\nPut a policy in force on a cgroup, or replace the version in force there:\n"
            + "ringwall apply web.o \\-\\-cgroup /sys/fs/cgroup/web.slice\n"
            + ".TP\nShow which rule decides a system call:\n"
            + "ringwall why \\-\\-cgroup /sys/fs/cgroup/web.slice connect tcp 192.0.2.1:443\n"
            + section("SEE ALSO")
            + "/usr/share/doc/ringwall/host.md, and the pages beside it for containers, systemd and sandboxes\n";

    /**
     * Returns the pages by the names of their files: {@code NAME.1}, and {@code NAME-SUB.1} for
     * each subcommand.
     *
     * @param groups the names of all subcommands by what they are for
     */
    Map<String, String> of(CommandSpec root, Map<String, List<String>> groups) {
        Map<String, String> pages = new TreeMap<>();
        pages.put(root.name() + ".1", rootPage(root, groups));
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

    private String rootPage(CommandSpec root, Map<String, List<String>> groups) {
        StringBuilder text = new StringBuilder(head(root)).append(section("COMMANDS"));
        groups.forEach((title, names) -> {
            text.append(".SS ").append(quoted(title)).append('\n');
            for (String name : names) {
                CommandSpec command =
                        Objects.requireNonNull(root.subcommands().get(name)).getCommandSpec();
                text.append(term("\\fB" + escape(page(command)) + "\\fR(1)", description(command)));
            }
        });
        return text.append(options(root)).append(HOST).toString();
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
                // Neither hyphenation nor wide gaps between the words of options; groff sets the
                // adjustment from the string AD again at each section.
                + ".nh\n.ds AD l\n.ad l\n"
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
        String label = "\\fI" + escape(option.paramLabel()) + "\\fR";
        String value = option.arity().max() == 0 ? "" : option.arity().min() == 0 ? "[=" + label + "]" : " " + label;
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
