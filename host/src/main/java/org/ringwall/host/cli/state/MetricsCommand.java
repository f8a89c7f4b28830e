// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.util.Optional;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.metrics.MetricsServer;
import org.ringwall.host.metrics.RunTimeStatistics;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that serves metrics to Prometheus. */
public final class MetricsCommand implements HostCommand {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Serves metrics of all policies in force over HTTP, at /metrics.");
        spec.addOption(OptionSpec.builder("--listen")
                .paramLabel("ADDRESS")
                .type(String.class)
                .required(true)
                .description("Where to listen: unix:PATH, 127.0.0.1:PORT or [::1]:PORT.")
                .build());
        spec.addOption(Options.flag("--allow-remote", "Accept an address that other hosts can reach."));
        return spec.addOption(Options.flag(
                "--run-time", "Let the kernel measure the run time of all programs, which costs time in each run."));
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host();
                MetricsServer server = MetricsServer.listen(
                        host,
                        command.matchedOptionValue("--listen", ""),
                        command.matchedOptionValue("--allow-remote", false))) {
            Optional<Fd> statistics = command.matchedOptionValue("--run-time", false)
                    ? Optional.of(RunTimeStatistics.enable(Syscalls.ofThisMachine()))
                    : Optional.empty();
            Thread end = new Thread(server::close);
            Runtime.getRuntime().addShutdownHook(end);
            try {
                session.out().println("serving metrics at " + server.address());
                session.out().flush();
                server.run();
            } finally {
                statistics.ifPresent(Fd::close);
                forget(end);
            }
            return ExitCode.DONE;
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook has run.
            return;
        }
    }
}
