// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that ends monitor mode. */
public final class EnforceCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.instance("Ends monitor mode.");
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        session.changes().begin(name);
        try (LoaderHost host = session.host();
                InstanceState state = host.change(name)) {
            boolean was = state.enforce(host.time());
            session.changes().with("generation", state.generation()).done(was ? "enforced" : "enforced already");
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(MonitorCommand.mode(name, "enforce", 0)));
            } else {
                session.out().println(name + ": " + (was ? "enforced" : "enforced already"));
            }
            return ExitCode.DONE;
        }
    }
}
