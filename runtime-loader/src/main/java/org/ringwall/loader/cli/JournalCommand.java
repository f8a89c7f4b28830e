// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.state.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows which commands changed state. */
final class JournalCommand implements HostCommand {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-f]{4})|(.))");

    @Override
    public CommandSpec spec() {
        return Options.command("Shows which commands changed policies, when and by whom.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0")
                        .arity("0..1")
                        .paramLabel("NAME[@INSTANCE]")
                        .type(String.class)
                        .required(false)
                        .description("Only what changed this policy (default: every instance).")
                        .build())
                .addOption(Options.flag("--json", "Print the lines of the journal as they are."));
    }

    @Override
    public int run(ParseResult command, Session session) {
        Optional<InstanceName> name = command.hasMatchedPositional(0)
                ? Optional.of(InstanceName.parse(command.matchedPositionalValue(0, "")))
                : Optional.empty();
        List<String> lines = session.journal().toRead(System.getenv()).lines().stream()
                .filter(line -> name.isEmpty() || member(line, "instance").equals(name.map(InstanceName::toString)))
                .toList();
        if (command.matchedOptionValue("--json", false)) {
            lines.forEach(line -> session.out().println(line));
        } else if (lines.isEmpty()) {
            session.out()
                    .println("the journal has no entries"
                            + name.map(each -> " for " + each).orElse(""));
        } else {
            lines.forEach(line -> session.out().println(text(line)));
        }
        return ExitCode.DONE;
    }

    /** Returns a line such as `TIME web@main generation 1 -> 2: in force; uid 0: ringwall …`. */
    static String text(String line) {
        Optional<String> time = member(line, "time");
        if (time.isEmpty()) {
            return "not a line of ringwall: " + Printable.line(line);
        }
        StringBuilder out = new StringBuilder(time.get().replaceAll("\\.[0-9]+Z$", "Z"));
        member(line, "instance").ifPresent(name -> out.append(' ').append(Printable.of(name)));
        member(line, "before").ifPresent(before -> out.append(" generation ").append(before));
        member(line, "generation")
                .ifPresent(after -> out.append(member(line, "before").isPresent() ? " -> " : " generation ")
                        .append(after));
        member(line, "container").ifPresent(id -> out.append(" container ").append(Printable.of(id)));
        out.append(": ").append(Printable.line(member(line, "result").orElse("")));
        out.append("; uid ").append(member(line, "uid").orElse("?"));
        member(line, "login").ifPresent(login -> out.append(", login uid ").append(login));
        member(line, "user")
                .ifPresent(user -> out.append(" (").append(Printable.of(user)).append(')'));
        return out.append(": ")
                .append(Printable.line(member(line, "command").orElse("")))
                .toString();
    }

    /**
     * Returns a text or number of a line that {@link Json} wrote. A quote inside of a text is
     * escaped, so no text can contain what looks like the name of a member.
     */
    static Optional<String> member(String line, String name) {
        Matcher match = Pattern.compile("[{,]\"" + name + "\":(?:\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|([0-9]+))")
                .matcher(line);
        if (!match.find()) {
            return Optional.empty();
        }
        return Optional.of(match.group(2) != null ? match.group(2) : unescaped(match.group(1)));
    }

    private static String unescaped(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(escape -> Matcher.quoteReplacement(
                        escape.group(1) == null
                                ? escape.group(2)
                                : Character.toString(Integer.parseInt(escape.group(1), 16))));
    }
}
