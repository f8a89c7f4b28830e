// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.MemberChange;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A command that adds cgroups to a policy in force, or ends it on some of them. */
public final class MemberCommand implements HostCommand {
    private final boolean join;

    private MemberCommand(boolean join) {
        this.join = join;
    }

    public static MemberCommand join() {
        return new MemberCommand(true);
    }

    public static MemberCommand leave() {
        return new MemberCommand(false);
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.instance(
                join
                        ? "Puts a policy that is in force on further cgroups, with the state that it has."
                        : "Ends a policy on some of its cgroups; at the others it stays in force.");
        Places.required().forEach(spec::addOption);
        return join ? spec.addOption(Options.acceptForeign()) : spec;
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        try (LoaderHost host = session.host()) {
            List<Cgroup> cgroups = Places.of(host, command);
            if (cgroups.isEmpty()) {
                throw new UsageException(
                        "no cgroup is named", "name one: --cgroup PATH, --pid PID, --unit UNIT or --container NAME");
            }
            List<String> words = cgroups.stream().map(Cgroup::toString).toList();
            session.changes().begin(name).with("cgroups", words);
            MemberChange change = join
                    ? host.join(name, cgroups, command.matchedOptionValue("--accept-foreign", false))
                    : host.leave(name, cgroups);
            session.changes().with("generation", change.generation()).done(join ? "joined" : "left");
            if (command.matchedOptionValue("--json", false)) {
                session.out().println(Json.of(fields(name, change)));
            } else {
                change.notes().forEach(note -> session.err().println("ringwall: note: " + Printable.line(note)));
                session.out().println(name + ": " + text(change));
            }
            return ExitCode.DONE;
        }
    }

    private String text(MemberChange change) {
        if (change.changed().isEmpty()) {
            return "was in force there already";
        }
        return (join ? "in force also at " : "no longer in force at ")
                + change.changed().stream()
                        .map(cgroup -> "`" + Printable.line(cgroup.toString()) + "`")
                        .collect(Collectors.joining(", "));
    }

    private Map<String, Object> fields(InstanceName name, MemberChange change) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        fields.put("generation", change.generation());
        fields.put(
                join ? "joined" : "left",
                change.changed().stream().map(Cgroup::toString).toList());
        fields.put("notes", change.notes());
        return fields;
    }
}
