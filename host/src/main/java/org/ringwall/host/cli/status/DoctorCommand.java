// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.doctor.Doctor;
import org.ringwall.host.sync.DeclaringFile;
import org.ringwall.host.terminal.Terminal;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Diagnosis;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that examines the host and the policies in force. */
public final class DoctorCommand implements HostCommand {
    private static final String PLAIN = "\u001b[0m";
    private static final String BLANK = " ".repeat("warning  ".length());

    @Override
    public CommandSpec spec() {
        return Options.command("Examines this host and the policies in force; exits with 4 if there is a problem.")
                .addOption(OptionSpec.builder("--dir")
                        .paramLabel("DIR")
                        .type(String.class)
                        .description("The directory of declared policies (default: " + DeclaringFile.FOLDER + ").")
                        .build())
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            Path folder = PathText.parse(command.matchedOptionValue("--dir", DeclaringFile.FOLDER), "--dir DIR");
            List<Diagnosis> found = new ArrayList<>(Doctor.of(host).examine());
            found.addAll(new Declarations(host, session, folder).examine());
            boolean json = command.matchedOptionValue("--json", false);
            if (json) {
                session.out().print(json(found));
            } else {
                // The only output with colours; all that others chose in it is escaped.
                String text = text(found, Terminal.hasColours(session.out()));
                session.out().writeBytes(text.getBytes(Charset.defaultCharset()));
            }
            return found.stream().anyMatch(each -> each.level() == Diagnosis.Level.PROBLEM)
                    ? ExitCode.NOT_ENFORCED
                    : ExitCode.DONE;
        }
    }

    public static String text(List<Diagnosis> found, boolean colours) {
        StringBuilder out = new StringBuilder();
        for (Diagnosis each : found) {
            String level = word(each);
            out.append(colours ? colour(each.level()) + level + PLAIN : level)
                    .append(BLANK.substring(level.length()))
                    .append(Printable.line(each.subject()))
                    .append(": ")
                    .append(Printable.line(each.text()))
                    .append('\n');
            if (!each.help().isEmpty()) {
                out.append(BLANK)
                        .append("help: ")
                        .append(Printable.line(each.help()))
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static String word(Diagnosis each) {
        return each.level().name().toLowerCase(Locale.ROOT);
    }

    private static String colour(Diagnosis.Level level) {
        return switch (level) {
            case OK -> "\u001b[32m";
            case WARNING -> "\u001b[33m";
            case PROBLEM -> "\u001b[31m";
        };
    }

    public static String json(List<Diagnosis> found) {
        List<Object> all = found.stream().map(DoctorCommand::fields).toList();
        return Json.of(Map.of("findings", all)) + "\n";
    }

    private static Object fields(Diagnosis each) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("level", word(each));
        fields.put("subject", each.subject());
        fields.put("text", each.text());
        if (!each.help().isEmpty()) {
            fields.put("help", each.help());
        }
        return fields;
    }
}
