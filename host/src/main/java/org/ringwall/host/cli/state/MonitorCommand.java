// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.Durations;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.Monitoring;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that starts monitor mode. */
public final class MonitorCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.instance("Starts monitor mode: the policy records but denies nothing.")
                .addOption(OptionSpec.builder("--for")
                        .paramLabel("TIME")
                        .type(String.class)
                        .required(true)
                        .description("How long monitor mode lasts: 90s, 15m, 2h, 1d.")
                        .build())
                .addOption(Options.reason());
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        long length = Durations.parse(command.matchedOptionValue("--for", ""));
        String reason = command.matchedOptionValue("--reason", "");
        session.changes().begin(name).with("seconds", length / Durations.SECOND);
        try (LoaderHost host = session.host();
                InstanceState state = host.change(name)) {
            state.monitor(new Monitoring(host.bootTime() + length, reason));
            session.changes()
                    .with("generation", state.generation())
                    .with("reason", reason)
                    .done("monitored");
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(mode(name, "monitor", length / 1_000_000_000L)));
            } else {
                session.out()
                        .println(name + ": monitored for " + Durations.text(length / 1_000_000_000L)
                                + ", after which it denies again; ringwall enforce " + name + " ends it earlier");
            }
            return ExitCode.DONE;
        }
    }

    /** Returns the JSON of a change of mode. */
    static Map<String, Object> mode(InstanceName name, String mode, long seconds) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        fields.put("mode", mode);
        fields.put("seconds", seconds);
        return fields;
    }
}
