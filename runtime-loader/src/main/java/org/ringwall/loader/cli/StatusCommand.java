// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.List;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.container.ContainerNames;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the policies in force. */
final class StatusCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Shows the policies in force.")
                .addOption(Options.flag(
                        "--check", "Exit with 4 if a policy is lost, detached, overridden, monitored or rolled back."))
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            List<InstanceStatus> instances = host.status().all();
            StatusPrinter printer = new StatusPrinter(instances, ContainerNames.ofThisHost());
            session.out().print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
            if (instances.stream().anyMatch(each -> each.state() == InstanceStatus.State.UNREADABLE)) {
                return ExitCode.REFUSED;
            }
            boolean check = command.matchedOptionValue("--check", false);
            return check && !instances.stream().allMatch(each -> each.enforced() && !each.rolledBack())
                    ? ExitCode.NOT_ENFORCED
                    : ExitCode.DONE;
        }
    }
}
