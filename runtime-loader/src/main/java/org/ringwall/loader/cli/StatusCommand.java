// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.List;
import org.ringwall.loader.apply.InputException;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.container.ContainerNames;
import org.ringwall.loader.delegation.Delegation;
import org.ringwall.loader.state.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the policies in force. */
final class StatusCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Shows the policies in force.")
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("NAME")
                        .arity("0..*")
                        .type(String[].class)
                        .description("A policy, or an instance NAME@INSTANCE; none for all.")
                        .build())
                .addOption(Options.flag(
                        "--check", "Exit with 4 if a policy is lost, detached, overridden, monitored or rolled back."))
                .addOption(Options.json());
    }

    /** Returns the instances with these names, or of the policies with these names. */
    private static List<InstanceStatus> named(List<InstanceStatus> all, List<String> names) {
        for (String name : names) {
            if (all.stream().noneMatch(each -> matches(each, name))) {
                List<String> known =
                        all.stream().map(each -> each.name().toString()).toList();
                throw new InputException(
                        "there is no policy `" + Printable.of(name) + "` on this host",
                        known.isEmpty() ? "none is in force" : "write one of " + String.join(", ", known));
            }
        }
        return all.stream()
                .filter(each -> names.isEmpty() || names.stream().anyMatch(name -> matches(each, name)))
                .toList();
    }

    private static boolean matches(InstanceStatus status, String name) {
        return name.equals(status.name().policy()) || name.equals(status.name().toString());
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            List<InstanceStatus> instances =
                    named(host.status().all(), List.of(command.matchedPositionalValue(0, new String[0])));
            StatusPrinter printer = new StatusPrinter(instances, ContainerNames.ofThisHost());
            session.out().print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
            Delegation.others()
                    .forEach(uid -> session.err()
                            .println("ringwall: note: uid " + uid + " has policies of its own runs; see them with"
                                    + " setpriv --reuid=" + uid + " --clear-groups ringwall status"));
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
