// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.PrintStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.state.LogText;
import org.ringwall.loader.apply.EventStream;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.state.Event;
import org.ringwall.loader.state.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the records of rules that log. */
final class EventsCommand implements HostCommand {
    private static final int WAIT_MS = 300;

    @Override
    public CommandSpec spec() {
        return Options.instance("Shows the records that rules with `log` have written, each one once.")
                .addOption(Options.flag("--follow", "Wait for more, until the policy is removed."));
    }

    @Override
    public int run(ParseResult command, Session session) {
        InstanceName name = InstanceName.parse(command.matchedPositionalValue(0, ""));
        boolean json = command.matchedOptionValue("--json", false);
        boolean follow = command.matchedOptionValue("--follow", false);
        try (LoaderHost host = session.host();
                EventStream events = host.events(name)) {
            Shower shower = new Shower(host, name, json, session.out());
            drain(events, shower);
            boolean lives = follow;
            while (lives
                    && !Thread.currentThread().isInterrupted()
                    && !session.out().checkError()) {
                events.await(WAIT_MS);
                lives = events.lives();
                drain(events, shower);
            }
            return ExitCode.DONE;
        }
    }

    /**
     * Shows what is in the ring now, without records added meanwhile, which could go on for ever.
     */
    private static void drain(EventStream events, Shower shower) {
        long end = events.end();
        Optional<EventStream.Explained> next = events.nextBefore(end);
        if (next.isPresent()) {
            shower.readClock();
        }
        while (next.isPresent()) {
            shower.show(next.get());
            // Records that cannot be written stay in the ring for the next reader.
            next = shower.out.checkError() ? Optional.empty() : events.nextBefore(end);
        }
        shower.losses(events.newlyLost(), events.malformed());
    }

    /** A printer of records and of the numbers of lost and malformed ones. */
    private static final class Shower {
        private final LoaderHost host;
        private final InstanceName name;
        private final boolean json;
        private final PrintStream out;
        private Optional<Instant> started = Optional.empty();
        private long malformed;

        Shower(LoaderHost host, InstanceName name, boolean json, PrintStream out) {
            this.host = host;
            this.name = name;
            this.json = json;
            this.out = out;
        }

        /** Determines when this machine was started, once for all following records of the ring. */
        void readClock() {
            OptionalLong now = host.clock().now();
            started = now.isPresent() ? Optional.of(Instant.now().minusNanos(now.getAsLong())) : Optional.empty();
        }

        void show(EventStream.Explained explained) {
            out.println(json ? Json.of(fields(explained)) : text(explained));
        }

        void losses(BigInteger lost, long malformedNow) {
            if (lost.signum() > 0) {
                out.println(json ? Json.of(counted("lost", lost)) : "lost because the ring buffer was full: " + lost);
            }
            if (malformedNow > malformed) {
                long more = malformedNow - malformed;
                out.println(json ? Json.of(counted("malformed", more)) : "unknown records in the ring buffer: " + more);
                malformed = malformedNow;
            }
        }

        private Map<String, Object> counted(String what, Number number) {
            Map<String, Object> fields = ofInstance();
            fields.put(what, number);
            return fields;
        }

        /**
         * Returns the members with which every line of JSON begins, so that lines of several rings
         * can be merged.
         */
        private Map<String, Object> ofInstance() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("policy", name.policy());
            fields.put("instance", name.instance());
            return fields;
        }

        /**
         * Returns the time of a record; empty if the boot time as programs read it cannot be
         * determined.
         */
        private Optional<String> time(Event event) {
            return started.map(start ->
                    start.plusNanos(event.time()).truncatedTo(ChronoUnit.MILLIS).toString());
        }

        private String text(EventStream.Explained explained) {
            Event event = explained.event();
            StringBuilder line = new StringBuilder(time(event).orElse("boottime=" + event.time()));
            line.append(' ').append(event.verdict().equals("none") ? "log" : event.verdict());
            line.append(event.monitored() ? " (monitored) " : " ").append(event.hook());
            if (!event.fields().isEmpty()) {
                line.append(' ').append(Event.pairs(event.fields()));
            }
            line.append("  ");
            line.append(explained
                    .rule()
                    .map(rule -> Printable.of(rule.place()) + ": " + Printable.of(rule.rule()) + reason(rule))
                    .orElseGet(() -> unknown(event)));
            if (event.suppressed() != 0) {
                line.append("  (").append(event.suppressed()).append(" suppressed before it)");
            }
            return line.toString();
        }

        private String reason(LogText rule) {
            return rule.reason().isEmpty() ? "" : " because " + Printable.of(rule.reason());
        }

        private String unknown(Event event) {
            return "rule " + event.rule() + " of generation " + Integer.toUnsignedString(event.generation())
                    + " (its rule text is no longer available)";
        }

        private Map<String, Object> fields(EventStream.Explained explained) {
            Event event = explained.event();
            Map<String, Object> fields = ofInstance();
            time(event).ifPresent(time -> fields.put("time", time));
            fields.put("boottime", event.time());
            fields.put("generation", Integer.toUnsignedLong(event.generation()));
            fields.put("rule", event.rule());
            explained.rule().ifPresent(rule -> {
                fields.put("file", rule.file());
                fields.put("line", rule.line());
                fields.put("column", rule.column());
                fields.put("text", rule.rule());
                if (!rule.reason().isEmpty()) {
                    fields.put("reason", rule.reason());
                }
            });
            fields.put("hook", event.hook());
            fields.put("verdict", event.verdict());
            fields.put("monitored", event.monitored());
            fields.put("suppressed", event.suppressed());
            fields.put("fields", event.fields());
            return fields;
        }
    }
}
