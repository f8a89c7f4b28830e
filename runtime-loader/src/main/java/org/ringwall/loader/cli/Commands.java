// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.object.Release;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The commands of {@code ringwall}. A command is its class and its line in this list. */
public final class Commands {
    /** In the order of the help. */
    private static final List<Map.Entry<String, Supplier<HostCommand>>> ALL = List.of(
            Map.entry("run", RunCommand::new),
            Map.entry("apply", ApplyCommand::new),
            Map.entry("confirm", ConfirmCommand::new),
            Map.entry("inspect", InspectCommand::new),
            Map.entry("trust", TrustCommand::new),
            Map.entry("status", StatusCommand::new),
            Map.entry("attest", AttestCommand::new),
            Map.entry("sync", SyncCommand::new),
            Map.entry("unit-dropin", UnitDropinCommand::new),
            Map.entry("tree", TreeCommand::new),
            Map.entry("why", WhyCommand::new),
            Map.entry("doctor", DoctorCommand::new),
            Map.entry("join", MemberCommand::join),
            Map.entry("leave", MemberCommand::leave),
            Map.entry("oci-hook", OciHookCommand::new),
            Map.entry("nri", NriCommand::new),
            Map.entry("agent", AgentCommand::new),
            Map.entry("remove", RemoveCommand::new),
            Map.entry("recover", RecoverCommand::new),
            Map.entry("prepare", PrepareCommand::new),
            Map.entry("journal", JournalCommand::new),
            Map.entry("live", LiveCommand::new),
            Map.entry("table", TableCommand::new),
            Map.entry("counters", CountersCommand::new),
            Map.entry("rates", RatesCommand::new),
            Map.entry("events", EventsCommand::new),
            Map.entry("metrics", MetricsCommand::new),
            Map.entry("monitor", MonitorCommand::new),
            Map.entry("enforce", EnforceCommand::new));

    private Commands() {}

    /** Returns a parser of all commands. */
    public static CommandLine all() {
        return commandLine("");
    }

    static List<String> names() {
        return ALL.stream().map(Map.Entry::getKey).toList();
    }

    /** Returns the command with this name. */
    static Optional<HostCommand> named(String name) {
        for (Map.Entry<String, Supplier<HostCommand>> command : ALL) {
            if (command.getKey().equals(name)) {
                return Optional.of(command.getValue().get());
            }
        }
        return Optional.empty();
    }

    /**
     * Returns a parser of only the requested command, because describing a command takes time; of
     * all commands if the word is not one of them.
     */
    static CommandLine commandLine(String requested) {
        CommandSpec root = CommandSpec.create().name("ringwall").version("ringwall " + Release.VERSION);
        root.usageMessage().description("Enforces compiled policies on control groups.");
        root.addOption(Options.help()).addOption(Options.version());
        boolean known = names().contains(requested);
        for (Map.Entry<String, Supplier<HostCommand>> command : ALL) {
            if (!known || command.getKey().equals(requested)) {
                root.addSubcommand(command.getKey(), command.getValue().get().spec());
            }
        }
        // A word that names a file of further words would show its content to a user of sudo.
        return new CommandLine(root).setExpandAtFiles(false);
    }
}
