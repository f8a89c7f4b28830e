// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.DockerRuntimes;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.model.CgroupException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that names the containers of docker which start without their policies. */
public final class ContainersCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.command("Lists docker's containers with their OCI runtimes; exits with 4 if one is started by a"
                        + " runtime that applies no policies.")
                .addOption(Options.flag("--outside", "List only those whose runtime applies no policies."))
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        DockerRuntimes docker = DockerRuntimes.ofThisHost()
                .orElseThrow(() -> new CgroupException(
                        "docker does not run on this host",
                        "start it; the containers of other engines have no runtime that outlives a change of their"
                                + " configuration"));
        boolean outside = command.matchedOptionValue("--outside", false);
        List<DockerRuntimes.Entry> shown = outside ? docker.outside() : docker.containers();
        if (command.matchedOptionValue("--json", false)) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("default", docker.byDefault());
            fields.put("default_applies", docker.defaultApplies());
            fields.put(
                    "containers", shown.stream().map(ContainersCommand::fields).toList());
            session.out().println(Json.of(fields));
        } else if (shown.isEmpty()) {
            session.out().println(outside ? "no container has another runtime" : "docker has no containers");
        } else {
            shown.forEach(each -> session.out().println(line(each)));
        }
        return docker.outside().isEmpty() ? ExitCode.DONE : ExitCode.NOT_ENFORCED;
    }

    private static String line(DockerRuntimes.Entry each) {
        return Printable.of(each.name()) + " (" + Printable.of(each.state()) + "): runtime "
                + Printable.of(each.runtime()) + (each.applies() ? "" : ", which applies no policies");
    }

    private static Map<String, Object> fields(DockerRuntimes.Entry each) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", each.name());
        fields.put("id", each.id());
        fields.put("state", each.state());
        fields.put("runtime", each.runtime());
        fields.put("applies", each.applies());
        return fields;
    }
}
