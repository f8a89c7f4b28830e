// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.NamedCgroup;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.loader.model.RunOrders;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows which programs run for a cgroup. */
public final class TreeCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows the BPF programs that run for a cgroup, in their order.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0")
                        .arity("0..1")
                        .paramLabel("CGROUP")
                        .type(String.class)
                        .required(false)
                        .description(
                                "The cgroup by its directory or id (default: every cgroup to which a program is attached).")
                        .build())
                .addOption(Options.json());
        Places.shown().forEach(spec::addOption);
        return spec;
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            List<Cgroup> cgroups = new ArrayList<>();
            if (command.hasMatchedPositional(0)) {
                cgroups.add(NamedCgroup.of(host.cgroups(), command.matchedPositionalValue(0, "")));
            }
            cgroups.addAll(Places.ofShown(host, command));
            RunOrders tree = host.tree();
            List<RunOrder> found = cgroups.isEmpty()
                    ? tree.everywhere()
                    : cgroups.stream().distinct().map(tree::of).toList();
            TreePrinter printer =
                    new TreePrinter(found, CgroupNames.below(host.cgroups().mount()));
            session.out().print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
            return ExitCode.DONE;
        }
    }
}
