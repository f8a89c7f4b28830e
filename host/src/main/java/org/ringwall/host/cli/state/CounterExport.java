// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.export.CounterReader;
import org.ringwall.host.export.ExportFile;
import org.ringwall.host.export.ExportOutput;
import org.ringwall.host.export.Exporter;
import org.ringwall.host.export.LineFormat;
import org.ringwall.host.export.StateFile;
import org.ringwall.host.words.Durations;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.Signals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The part of the command {@code counters} that exports counters in intervals. */
final class CounterExport {
    private static final String FILE = "file:";
    private static final String STDOUT = "stdout";
    private static final String SINCE = "--since";
    private static final String EVERY = "--every";
    private static final String OUTPUT = "--output";
    private static final String CSV = "--csv";

    private CounterExport() {}

    static void options(CommandSpec spec) {
        spec.addOption(Options.flag(CSV, "Print a record for each counter, key and column (RFC 4180)."));
        spec.addOption(text(SINCE, "FILE", "Print the changes since the last export, whose state is in this file."));
        spec.addOption(text(EVERY, "TIME", "Continue, and export after each of these times: 30s, 5m, 1h."));
        spec.addOption(text(OUTPUT, "WHERE", "Add the lines to file:PATH, or write them to stdout."));
    }

    private static OptionSpec text(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build();
    }

    /** Returns whether the options, or the absence of a policy, call for an export. */
    static boolean isWanted(ParseResult command) {
        return !command.hasMatchedPositional(0)
                || command.matchedOptionValue(CSV, false)
                || command.hasMatchedOption(SINCE)
                || command.hasMatchedOption(EVERY)
                || command.hasMatchedOption(OUTPUT);
    }

    static int run(ParseResult command, Session session) {
        boolean csv = command.matchedOptionValue(CSV, false);
        if (csv == command.matchedOptionValue("--json", false)) {
            throw new UsageException(
                    csv ? "--csv and --json exclude each other" : "an export of counters needs a format",
                    "write --csv or --json; ringwall counters NAME shows the counters of one policy as text");
        }
        Optional<Long> every = command.hasMatchedOption(EVERY)
                ? Optional.of(Durations.parse(command.matchedOptionValue(EVERY, "")))
                : Optional.empty();
        if (every.isPresent() && !command.hasMatchedOption(SINCE)) {
            throw new UsageException(
                    EVERY + " needs a file for the state", "write --since FILE, which need not exist yet");
        }
        Optional<InstanceName> name = command.hasMatchedPositional(0)
                ? Optional.of(InstanceName.parse(command.matchedPositionalValue(0, "")))
                : Optional.empty();
        ExportOutput output = output(command, session);
        Optional<Path> since = command.hasMatchedOption(SINCE)
                ? Optional.of(PathText.parse(command.matchedOptionValue(SINCE, ""), "write --since FILE"))
                : Optional.empty();
        try (LoaderHost host = session.host();
                CounterReader reader = new CounterReader(host, name)) {
            Exporter exporter = new Exporter(
                    host,
                    reader,
                    csv ? LineFormat.CSV : LineFormat.JSON,
                    output,
                    note -> session.err().println("ringwall: note: " + Printable.line(note)));
            if (every.isEmpty() && name.isPresent()) {
                // Refuses a name that does not exist.
                host.state(name.get()).withContract("counters").close();
            }
            if (since.isEmpty()) {
                exporter.once();
                return ExitCode.DONE;
            }
            try (StateFile state = StateFile.open(since.get())) {
                if (every.isPresent()) {
                    repeat(exporter, state, every.get());
                } else {
                    exporter.export(state);
                }
            }
            return ExitCode.DONE;
        }
    }

    /** Exports at once and then after each interval, in ns, until a signal ends it. */
    private static void repeat(Exporter exporter, StateFile state, long every) {
        CountDownLatch end = new CountDownLatch(1);
        try (Signals ignored = Signals.caught(signal -> {
            if (signal == Signals.TERM || signal == Signals.INT || signal == Signals.HUP) {
                end.countDown();
            }
        })) {
            long next = System.nanoTime();
            do {
                exporter.export(state);
                // Intervals that an export took too long for are left out.
                next = Math.max(next + every, System.nanoTime());
            } while (!end.await(next - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ExportOutput output(ParseResult command, Session session) {
        String where = command.matchedOptionValue(OUTPUT, STDOUT);
        if (where.equals(STDOUT)) {
            return ExportOutput.to(session.out());
        }
        if (where.startsWith(FILE) && where.length() > FILE.length()) {
            return new ExportFile(PathText.parse(where.substring(FILE.length()), "write --output file:PATH"));
        }
        throw new UsageException(
                "`" + where + "` is not an output of counters", "write --output file:PATH or --output stdout");
    }
}
