// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.repair;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.run.RunCgroups;
import org.ringwall.host.run.RunInCgroup;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that completes or undoes an interrupted one. */
public final class RecoverCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Completes or undoes what an interrupted command has left.")
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            session.changes().begin();
            List<String> done = new ArrayList<>(host.recover(cgroup -> RunInCgroup.removeIfIdle(host, cgroup)));
            done.addAll(new RunCgroups(host).removeAbandoned());
            if (!done.isEmpty()) {
                session.changes().with("done", done).done("recovered");
            }
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(Map.of("done", done)));
            } else {
                done.forEach(line -> session.out().println(Printable.line(line)));
            }
            return ExitCode.DONE;
        }
    }
}
