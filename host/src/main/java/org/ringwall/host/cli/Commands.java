// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.object.Release;
import org.ringwall.host.cli.apply.ApplyCommand;
import org.ringwall.host.cli.apply.ConfirmCommand;
import org.ringwall.host.cli.apply.MemberCommand;
import org.ringwall.host.cli.apply.RemoveCommand;
import org.ringwall.host.cli.apply.RunCommand;
import org.ringwall.host.cli.apply.SyncCommand;
import org.ringwall.host.cli.apply.UnitDropinCommand;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.origin.InspectCommand;
import org.ringwall.host.cli.origin.TrustCommand;
import org.ringwall.host.cli.repair.PrepareCommand;
import org.ringwall.host.cli.repair.RecoverCommand;
import org.ringwall.host.cli.runtime.AgentCommand;
import org.ringwall.host.cli.runtime.NriCommand;
import org.ringwall.host.cli.runtime.OciHookCommand;
import org.ringwall.host.cli.state.CountersCommand;
import org.ringwall.host.cli.state.EnforceCommand;
import org.ringwall.host.cli.state.EventsCommand;
import org.ringwall.host.cli.state.LiveCommand;
import org.ringwall.host.cli.state.MetricsCommand;
import org.ringwall.host.cli.state.MonitorCommand;
import org.ringwall.host.cli.state.RatesCommand;
import org.ringwall.host.cli.state.TableCommand;
import org.ringwall.host.cli.status.AttestCommand;
import org.ringwall.host.cli.status.ContainersCommand;
import org.ringwall.host.cli.status.DoctorCommand;
import org.ringwall.host.cli.status.JournalCommand;
import org.ringwall.host.cli.status.StatusCommand;
import org.ringwall.host.cli.status.TreeCommand;
import org.ringwall.host.cli.status.WhyCommand;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The commands of {@code ringwall}. A command is its class and its line in this list. */
public final class Commands {
    /** What commands are for, in the order of the help. */
    private static final List<Group> GROUPS = List.of(
            new Group(
                    "Put policies in force",
                    List.of(
                            Map.entry("run", RunCommand::new),
                            Map.entry("apply", ApplyCommand::new),
                            Map.entry("confirm", ConfirmCommand::new),
                            Map.entry("join", MemberCommand::join),
                            Map.entry("leave", MemberCommand::leave),
                            Map.entry("remove", RemoveCommand::new),
                            Map.entry("sync", SyncCommand::new),
                            Map.entry("unit-dropin", UnitDropinCommand::new))),
            new Group(
                    "See what is in force, and why",
                    List.of(
                            Map.entry("status", StatusCommand::new),
                            Map.entry("tree", TreeCommand::new),
                            Map.entry("containers", ContainersCommand::new),
                            Map.entry("why", WhyCommand::new),
                            Map.entry("doctor", DoctorCommand::new),
                            Map.entry("journal", JournalCommand::new),
                            Map.entry("attest", AttestCommand::new))),
            new Group(
                    "Use a policy in force",
                    List.of(
                            Map.entry("live", LiveCommand::new),
                            Map.entry("table", TableCommand::new),
                            Map.entry("counters", CountersCommand::new),
                            Map.entry("rates", RatesCommand::new),
                            Map.entry("events", EventsCommand::new),
                            Map.entry("metrics", MetricsCommand::new),
                            Map.entry("monitor", MonitorCommand::new),
                            Map.entry("enforce", EnforceCommand::new))),
            new Group(
                    "Check where policies come from",
                    List.of(Map.entry("inspect", InspectCommand::new), Map.entry("trust", TrustCommand::new))),
            new Group(
                    "Serve container runtimes",
                    List.of(
                            Map.entry("oci-hook", OciHookCommand::new),
                            Map.entry("nri", NriCommand::new),
                            Map.entry("agent", AgentCommand::new))),
            new Group(
                    "Prepare and repair a host",
                    List.of(Map.entry("prepare", PrepareCommand::new), Map.entry("recover", RecoverCommand::new))));

    private static final List<Map.Entry<String, Supplier<HostCommand>>> ALL =
            GROUPS.stream().flatMap(group -> group.commands().stream()).toList();

    private record Group(String title, List<Map.Entry<String, Supplier<HostCommand>>> commands) {}

    private Commands() {}

    /** Returns a parser of all commands. */
    public static CommandLine all() {
        return commandLine("");
    }

    /** Returns the names of the commands by what they are for, in the order of the help. */
    public static Map<String, List<String>> groups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        GROUPS.forEach(group -> groups.put(
                group.title(), group.commands().stream().map(Map.Entry::getKey).toList()));
        return groups;
    }

    static List<String> names() {
        return ALL.stream().map(Map.Entry::getKey).toList();
    }

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
        CommandLine line = new CommandLine(root).setExpandAtFiles(false);
        if (!known) {
            root.usageMessage().footer("", "ringwall COMMAND --help describes a command. ringwallc compiles policies.");
            line.getHelpSectionMap().remove(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING);
            line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Commands::grouped);
        }
        return line;
    }

    private static String grouped(Help help) {
        StringBuilder text = new StringBuilder();
        groups().forEach((title, names) -> {
            Map<String, Help> commands = new LinkedHashMap<>();
            names.forEach(name -> commands.put(name, help.subcommands().get(name)));
            text.append(System.lineSeparator()).append(title).append(':').append(System.lineSeparator());
            text.append(help.commandList(commands));
        });
        return text.toString();
    }
}
