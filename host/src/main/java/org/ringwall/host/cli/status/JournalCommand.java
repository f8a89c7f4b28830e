// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.bpf.json.JsonReader;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.model.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows which commands changed state. */
public final class JournalCommand implements HostCommand {
    private static final JsonReader READER = JsonReader.ofSize(Integer.MAX_VALUE);

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
    public static String text(String line) {
        Map<?, ?> members = members(line);
        Optional<String> time = member(members, "time");
        if (time.isEmpty()) {
            return "not a line of ringwall: " + Printable.line(line);
        }
        StringBuilder out = new StringBuilder(time.get().replaceAll("\\.[0-9]+Z$", "Z"));
        member(members, "instance").ifPresent(name -> out.append(' ').append(Printable.of(name)));
        member(members, "before").ifPresent(before -> out.append(" generation ").append(before));
        member(members, "generation")
                .ifPresent(after -> out.append(member(members, "before").isPresent() ? " -> " : " generation ")
                        .append(after));
        member(members, "container").ifPresent(id -> out.append(" container ").append(Printable.of(id)));
        out.append(": ").append(Printable.line(member(members, "result").orElse("")));
        out.append("; uid ").append(member(members, "uid").orElse("?"));
        member(members, "login").ifPresent(login -> out.append(", login uid ").append(login));
        member(members, "user")
                .ifPresent(user -> out.append(" (").append(Printable.of(user)).append(')'));
        return out.append(": ")
                .append(Printable.line(member(members, "command").orElse("")))
                .toString();
    }

    /** Returns the members of a line; none if it is not a JSON object. */
    private static Map<?, ?> members(String line) {
        try {
            return READER.read(line) instanceof Map<?, ?> members ? members : Map.of();
        } catch (JsonException e) {
            return Map.of();
        }
    }

    /** Returns a text or number of a line. */
    public static Optional<String> member(String line, String name) {
        return member(members(line), name);
    }

    private static Optional<String> member(Map<?, ?> members, String name) {
        Object value = members.get(name);
        return value instanceof String || value instanceof Number ? Optional.of(value.toString()) : Optional.empty();
    }
}
