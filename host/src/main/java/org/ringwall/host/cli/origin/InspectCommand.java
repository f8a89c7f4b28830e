// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.origin;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.ObjectFit;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * The command that shows what a bundle contains, who has signed it, and which of its objects this
 * host would use.
 */
public final class InspectCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command("Shows what a bundle contains, and which of its objects this host would use.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .paramLabel("FILE.wallpack")
                .type(String.class)
                .required(true)
                .description("The bundle that ringwallc bundle or Maven wrote.")
                .build());
        return spec.addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        String name = command.matchedPositionalValue(0, "");
        PathText.parse(name, "name a bundle");
        Archive archive = PolicyFile.archive(name);
        Bundle bundle = PolicyFile.bundle(name, archive);
        List<ObjectChoice> choices = PolicyFile.choices(name, bundle);
        List<ObjectFit> fits = new ArrayList<>();
        Optional<Failure> unknown = Optional.empty();
        try (LoaderHost host = session.host()) {
            fits.addAll(host.fits(choices));
        } catch (RuntimeException e) {
            // Without the privileges to probe the kernel, everything else is still shown.
            unknown = Optional.of(Failure.of(e).orElseThrow(() -> e));
            fits.clear();
        }
        InspectPrinter printer =
                new InspectPrinter(bundle, SignatureReport.of(session.trust(), name, archive, bundle), fits, unknown);
        session.out().print(command.matchedOptionValue("--json", false) ? printer.json() : printer.text());
        return ExitCode.DONE;
    }
}
