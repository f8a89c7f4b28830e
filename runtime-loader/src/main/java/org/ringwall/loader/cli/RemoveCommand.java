// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.object.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that removes a policy. */
final class RemoveCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Removes a policy.")
                .addPositional(Options.instance())
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = session.host()) {
            session.changes().begin(name);
            host.remover().remove(name);
            session.changes().done("removed");
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("policy", name.policy());
            fields.put("instance", name.instance());
            fields.put("removed", true);
            session.out().println(command.matchedOptionValue("--json", false) ? Json.of(fields) : name + ": removed");
            return ExitCode.DONE;
        }
    }
}
