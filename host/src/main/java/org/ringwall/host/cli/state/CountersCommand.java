// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.loader.model.Counter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows counters, or exports them in intervals. */
public final class CountersCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows the counters of a policy, or exports those of one or all policies.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("NAME[@INSTANCE]")
                .type(String.class)
                .description("The policy by name; an export without it has the counters of all policies.")
                .build());
        CounterExport.options(spec);
        return spec.addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        if (CounterExport.isWanted(command)) {
            return CounterExport.run(command, session);
        }
        return CountPrinter.show(command, session, (host, state) -> {
            List<CountPrinter.Shown> shown = new ArrayList<>();
            Map<String, BigInteger> lost = state.losses();
            for (Counter counter : state.counters()) {
                state.counts(counter.name())
                        .ifPresent(rows -> shown.add(new CountPrinter.Shown(
                                counter.name(),
                                counter.text(),
                                counter.name() + " " + counter.text(),
                                rows,
                                new CountPrinter.Crowd(
                                        "lost",
                                        "not counted",
                                        lost.getOrDefault(StateNames.counter(counter.name()), BigInteger.ZERO)))));
            }
            return shown;
        });
    }
}
