// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.Durations;
import org.ringwall.loader.model.InstanceState;
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
            long now = host.bootTime();
            for (InstanceState.Rate rate : state.rates()) {
                state.tokens(rate.name(), now)
                        .ifPresent(tokens -> shown.add(new CountPrinter.Shown(
                                rate.name(),
                                rate.text(),
                                title(rate),
                                tokens.rows(),
                                new CountPrinter.Crowd("shared", "judged by the shared bucket", tokens.shared()))));
            }
            return shown;
        });
    }

    private static String title(InstanceState.Rate rate) {
        String key = rate.key().isEmpty() ? "" : " per " + String.join(", ", rate.key());
        return rate.name() + key + ": one token every " + Durations.exact(rate.interval()) + ", at most "
                + rate.burst();
    }
}
