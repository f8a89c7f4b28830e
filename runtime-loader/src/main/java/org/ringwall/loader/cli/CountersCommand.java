// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.apply.InstanceState;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.sys.Fd;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows counters. */
final class CountersCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        return Options.instance("Shows the counters of a policy.");
    }

    @Override
    public int run(ParseResult command, Session session) {
        return CountPrinter.show(command, session, (host, state) -> {
            List<CountPrinter.Shown> shown = new ArrayList<>();
            Map<String, BigInteger> lost = lost(host, state);
            state.texts()
                    .counters()
                    .forEach((name, text) -> state.counts(name)
                            .ifPresent(rows -> shown.add(new CountPrinter.Shown(
                                    name,
                                    text.text(),
                                    name + " " + text.text(),
                                    rows,
                                    new CountPrinter.Crowd(
                                            "lost",
                                            "not counted",
                                            lost.getOrDefault(StateNames.counter(name), BigInteger.ZERO))))));
            return shown;
        });
    }

    private static Map<String, BigInteger> lost(LoaderHost host, InstanceState state) {
        Optional<Fd> map = state.map(StateNames.LOST);
        if (map.isEmpty()) {
            return Map.of();
        }
        try (Fd open = map.get()) {
            return new Counts(host.bpf()).losses(open);
        }
    }
}
