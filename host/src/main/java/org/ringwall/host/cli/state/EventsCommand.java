// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.state;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.events.EventNames;
import org.ringwall.host.events.EventOutput;
import org.ringwall.host.events.EventPrinter;
import org.ringwall.host.events.FileOutput;
import org.ringwall.host.events.JournalOutput;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.Sizes;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the records of rules that log. */
public final class EventsCommand implements HostCommand {
    /** The interval at which `--follow` looks for records and for changes of instances. */
    private static final int WAIT_MS = 300;

    /** The maximum delay of the end of the process for writing records that were read. */
    private static final int END_SECONDS = 5;

    private static final String FILE = "file:";
    private static final String JOURNAL = "journal";
    private static final String STDOUT = "stdout";
    private static final int KEEP = 5;
    private static final int MOST_KEPT = 1_000;

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.instance("Shows the records that rules with `log` have written, each one once.");
        spec.addOption(Options.flag("--follow", "Wait for more, until the policy is removed."));
        spec.addOption(OptionSpec.builder("--output")
                .paramLabel("WHERE")
                .type(String.class)
                .description("Write the records to file:PATH, to journal, or to stdout; each loss is reported once.")
                .build());
        spec.addOption(OptionSpec.builder("--rotate")
                .paramLabel("SIZE")
                .type(String.class)
                .description("Rename the file when it would become larger (default: 64M).")
                .build());
        return spec.addOption(OptionSpec.builder("--keep")
                .paramLabel("N")
                .type(int.class)
                .description("Keep this many renamed files (default: 5).")
                .build());
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        boolean json = command.matchedOptionValue("--json", false);
        boolean collects = command.hasMatchedOption("--output");
        Supplier<EventOutput> output = output(command, session, name);
        try (LoaderHost host = session.host();
                Events events = host.events(name);
                EventOutput open = output.get()) {
            Reading reading =
                    new Reading(host, events, new EventPrinter(name, json, open, new EventNames(host)), collects);
            try (EndSignal ignored = EndSignal.to(reading)) {
                reading.run(command.matchedOptionValue("--follow", false));
            }
            return ExitCode.DONE;
        }
    }

    /** Checks where the records go, and returns what opens it. */
    private static Supplier<EventOutput> output(ParseResult command, Session session, InstanceName name) {
        String where = command.matchedOptionValue("--output", STDOUT);
        boolean toFile = where.startsWith(FILE) && where.length() > FILE.length();
        if (!toFile && (command.hasMatchedOption("--rotate") || command.hasMatchedOption("--keep"))) {
            throw new UsageException(
                    "--rotate and --keep need a file", "write --output file:PATH --rotate 64M --keep 5");
        }
        if (toFile) {
            long most = Sizes.parse("--rotate", command.matchedOptionValue("--rotate", "64M"));
            int keep = command.matchedOptionValue("--keep", KEEP);
            if (keep < 1 || keep > MOST_KEPT) {
                throw new UsageException("--keep " + keep + " is out of range", "write a number in 1.." + MOST_KEPT);
            }
            Path path = PathText.parse(where.substring(FILE.length()), "write --output file:PATH")
                    .toAbsolutePath();
            return () -> new FileOutput(path, most, keep);
        }
        if (where.equals(JOURNAL)) {
            return () -> new JournalOutput(JournalOutput.SOCKET, name);
        }
        if (where.startsWith(JOURNAL + ":")) {
            Path path = PathText.parse(where.substring(JOURNAL.length() + 1), "write --output journal:SOCKET");
            return () -> new JournalOutput(path, name);
        }
        if (where.equals(STDOUT)) {
            return () -> EventOutput.to(session.out());
        }
        throw new UsageException(
                "`" + where + "` is not an output", "write --output file:PATH, --output journal or --output stdout");
    }

    /**
     * A wait for the end of a reading when this process receives HUP, INT or TERM: what was read is
     * written, and nothing is left to be read again.
     */
    private static final class EndSignal implements AutoCloseable {
        private final CountDownLatch done = new CountDownLatch(1);
        private final Thread hook;

        private EndSignal(Reading reading) {
            this.hook = new Thread(() -> {
                reading.stop();
                try {
                    done.await(END_SECONDS, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        static EndSignal to(Reading reading) {
            EndSignal signal = new EndSignal(reading);
            try {
                Runtime.getRuntime().addShutdownHook(signal.hook);
            } catch (IllegalStateException e) {
                reading.stop();
            }
            return signal;
        }

        @Override
        public void close() {
            done.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process is ending, and the hook has run.
                return;
            }
        }
    }

    /** One run of the command. */
    private static final class Reading {
        /**
         * The number of attempts to read a record that a program is still writing. After them, it
         * and all later records are left to the next reader.
         */
        private static final int LOOKS = 1_000;

        private static final int PAUSE_MS = 1;
        private static final long NANOSECONDS_PER_MS = 1_000_000;

        private final LoaderHost host;
        private final Events events;
        private final EventPrinter printer;
        private final boolean collects;
        private boolean written = true;
        private volatile boolean stopped;

        Reading(LoaderHost host, Events events, EventPrinter printer, boolean collects) {
            this.host = host;
            this.events = events;
            this.printer = printer;
            this.collects = collects;
        }

        /** Ends the reading after the current batch. */
        void stop() {
            stopped = true;
        }

        void run(boolean follow) {
            if (collects) {
                events.skipNotedLosses();
            }
            look();
            boolean lives = follow;
            long looked = System.nanoTime();
            while (lives && written && !stopped && !Thread.currentThread().isInterrupted()) {
                events.await(WAIT_MS);
                if (System.nanoTime() - looked >= WAIT_MS * NANOSECONDS_PER_MS) {
                    lives = events.refresh();
                    look();
                    looked = System.nanoTime();
                } else {
                    drain();
                }
            }
        }

        /** Shows the records, and what was lost. */
        private void look() {
            OptionalLong now = host.time();
            printer.setClock(now);
            drain();
            while (written && !stopped && events.succeed()) {
                drain();
            }
            if (written) {
                printer.lost(events.newlyLost(), events.lost());
                printer.malformed(events.malformed());
                written = printer.flush();
            }
            if (written && collects) {
                events.noteLosses();
            }
        }

        /**
         * Shows what is in the ring now, without records added meanwhile, which could go on for
         * ever. Records that cannot be written stay in the ring for the next reader.
         */
        private void drain() {
            long end = events.end();
            int looks = 0;
            while (written && !stopped && looks <= LOOKS) {
                int count = events.batch(end, printer::show);
                written = printer.flush();
                if (written) {
                    events.release();
                }
                if (count > 0) {
                    looks = 0;
                } else if (!events.busy()) {
                    return;
                } else {
                    looks++;
                    pause();
                }
            }
        }

        private static void pause() {
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
