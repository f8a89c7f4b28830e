// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that removes policies. */
public final class RemoveCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Removes policies, each by itself.")
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("NAME[@INSTANCE]")
                        .arity("1..*")
                        .type(String[].class)
                        .required(true)
                        .description("Policies by name; @INSTANCE selects one that was applied with --instance.")
                        .build())
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        // A name that is none is refused before anything is removed.
        List<InstanceName> names = Arrays.stream(command.matchedPositionalValue(0, new String[0]))
                .map(InstanceName::parse)
                .distinct()
                .toList();
        boolean json = command.matchedOptionValue("--json", false);
        try (LoaderHost host = session.host()) {
            if (names.size() == 1) {
                remove(host, session, names.get(0));
                session.out().println(json ? Json.of(fields(names.get(0), true)) : names.get(0) + ": removed");
                return ExitCode.DONE;
            }
            return each(host, session, names, json);
        }
    }

    private static void remove(LoaderHost host, Session session, InstanceName name) {
        session.changes().begin(name);
        host.remove(name);
        session.changes().done("removed");
    }

    /** Removes several; the first failure gives the exit code. */
    private static int each(LoaderHost host, Session session, List<InstanceName> names, boolean json) {
        List<Object> all = new ArrayList<>();
        int code = ExitCode.DONE;
        for (InstanceName name : names) {
            try {
                remove(host, session, name);
                all.add(fields(name, true));
                if (!json) {
                    session.out().println(name + ": removed");
                }
            } catch (RuntimeException e) {
                Failure failure = Failure.of(e).orElseThrow(() -> e);
                session.changes().refused(failure.message());
                if (code == ExitCode.DONE) {
                    code = ExitCode.of(failure);
                }
                Map<String, Object> fields = fields(name, false);
                fields.put("error", failure.message());
                fields.put("help", failure.help());
                all.add(fields);
                if (!json) {
                    session.err().println("ringwall: " + failure.message());
                    session.err().println("  help: " + failure.help());
                }
            }
        }
        if (json) {
            session.out().println(Json.of(Map.of("instances", all)));
        }
        return code;
    }

    private static Map<String, Object> fields(InstanceName name, boolean removed) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        fields.put("removed", removed);
        return fields;
    }
}
