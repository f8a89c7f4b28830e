// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.ConfirmResult;
import org.ringwall.loader.model.ConfirmResult.Outcome;
import org.ringwall.loader.model.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that confirms a version which was applied with {@code --confirm}. */
public final class ConfirmCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.instance("Keeps a version that was applied with --confirm.")
                .addOption(Options.flag(
                        "--roll-back",
                        "Put the version before in force again at once; after a roll-back, acknowledge it."));
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        boolean back = command.matchedOptionValue("--roll-back", false);
        session.changes().begin(name);
        try (LoaderHost host = session.host()) {
            ConfirmResult result = back ? host.rollBack(name) : host.confirm(name);
            boolean kept = result.outcome() == Outcome.CONFIRMED;
            result.downgrade().ifPresent(versions -> session.changes().with("downgrade", versions));
            session.changes()
                    .generations(kept ? result.to() : result.from(), result.generation())
                    .done(text(result.outcome()));
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(fields(name, result)));
            } else {
                session.out()
                        .println(name + ": " + text(result.outcome()) + ", generation " + result.generation()
                                + " is in force");
            }
            // Acknowledging a roll-back is not a failure.
            return kept != back ? ExitCode.DONE : ExitCode.REFUSED;
        }
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case CONFIRMED -> "confirmed";
            case ROLLED_BACK -> "rolled back";
            case EXPIRED -> "rolled back, not confirmed in time";
        };
    }

    private static Map<String, Object> fields(InstanceName name, ConfirmResult result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        fields.put("outcome", result.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("generation", result.generation());
        return fields;
    }
}
