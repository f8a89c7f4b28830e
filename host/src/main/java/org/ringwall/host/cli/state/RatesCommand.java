// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.Durations;
import org.ringwall.loader.state.Counts;
import org.ringwall.sys.Fd;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the tokens left in rates. */
public final class RatesCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.instance("Shows the tokens left in the rates of a policy.");
    }

    @Override
    public int run(ParseResult command, Session session) {
        return CountPrinter.show(command, session, (host, state) -> {
            List<CountPrinter.Shown> shown = new ArrayList<>();
            Counts counts = new Counts(host.bpf());
            long now = host.bootTime();
            state.texts()
                    .rates()
                    .forEach((name, text) -> state.map(StateNames.rate(name)).ifPresent(map -> {
                        try (Fd open = map) {
                            List<Counts.Row> rows = counts.rate(open, text, now);
                            shown.add(new CountPrinter.Shown(
                                    name,
                                    text.text(),
                                    title(name, text),
                                    rows,
                                    new CountPrinter.Crowd(
                                            "shared", "judged by the shared bucket", counts.shared(open, text))));
                        }
                    }));
            return shown;
        });
    }

    private static String title(String name, RateText text) {
        String key = text.key().isEmpty() ? "" : " per " + String.join(", ", text.key());
        return name + key + ": one token every " + Durations.exact(text.interval()) + ", at most " + text.burst();
    }
}
