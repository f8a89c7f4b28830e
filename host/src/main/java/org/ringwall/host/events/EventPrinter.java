// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.events;

import java.math.BigInteger;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Event;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceName;

/** A printer of records and of the numbers of lost and malformed ones, one line for each. */
public final class EventPrinter {
    private static final long NANOSECONDS = 1_000_000_000L;
    private static final long MILLISECONDS = 1_000L;

    private final boolean json;
    private final EventOutput out;
    private final EventNames names;

    /** The members with which every line of JSON begins, so that lines of rings can be merged. */
    private final String ofInstance;

    /** The JSON members about rules, each with a comma before it. */
    private final Map<Events.Rule, String> rules = new HashMap<>();

    private final StringBuilder line = new StringBuilder();
    private OptionalLong started = OptionalLong.empty();
    private long second = Long.MIN_VALUE;
    private String date = "";
    private long malformed;

    public EventPrinter(InstanceName name, boolean json, EventOutput out, EventNames names) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", name.policy());
        fields.put("instance", name.instance());
        String object = Json.of(fields);
        this.ofInstance = object.substring(0, object.length() - 1);
        this.json = json;
        this.names = names;
        this.out = out;
    }

    /**
     * Determines when this machine was started, for the following records.
     *
     * @param boottime the time as programs read it; empty if it cannot be determined
     */
    public void setClock(OptionalLong boottime) {
        Instant now = Instant.now();
        started = boottime.isPresent()
                ? OptionalLong.of(now.getEpochSecond() * NANOSECONDS + now.getNano() - boottime.getAsLong())
                : OptionalLong.empty();
    }

    public void show(Events.Explained explained) {
        line.setLength(0);
        if (json) {
            json(explained);
        } else {
            text(explained);
        }
        boolean denied = explained.event().verdict().equals("deny");
        out.add(line, denied ? EventOutput.Kind.DENIED : EventOutput.Kind.OTHER);
    }

    /**
     * Prints how many records were lost, unless none was.
     *
     * @param total how many were lost in all; a reader that was killed before it noted a report
     *     reports it again with the same total
     */
    public void lost(BigInteger lost, BigInteger total) {
        if (lost.signum() > 0) {
            counted("lost", "lost because the ring buffer was full", lost, ",\"lost_total\":" + total);
        }
    }

    /** Prints how many of these malformed records were not printed before. */
    public void malformed(long all) {
        if (all > malformed) {
            counted("malformed", "unknown records in the ring buffer", BigInteger.valueOf(all - malformed), "");
            malformed = all;
        }
    }

    private void counted(String member, String text, BigInteger number, String more) {
        String counted = json ? ofInstance + ",\"" + member + "\":" + number + more + "}" : text + ": " + number;
        out.add(counted, EventOutput.Kind.LOSS);
    }

    /**
     * Appends the time of a record, in ms; returns false if the boot time as programs read it
     * cannot be determined.
     */
    private boolean time(Event event) {
        if (started.isEmpty()) {
            return false;
        }
        long time = started.getAsLong() + event.time();
        long now = Math.floorDiv(time, NANOSECONDS);
        if (now != second) {
            second = now;
            String text = Instant.ofEpochSecond(now).toString();
            date = text.substring(0, text.length() - 1);
        }
        line.append(date);
        long milliseconds = Math.floorMod(time, NANOSECONDS) / (NANOSECONDS / MILLISECONDS);
        if (milliseconds != 0) {
            line.append('.').append(Long.toString(milliseconds + MILLISECONDS), 1, 4);
        }
        line.append('Z');
        return true;
    }

    private void text(Events.Explained explained) {
        Event event = explained.event();
        if (!time(event)) {
            line.append("boottime=").append(event.time());
        }
        line.append(' ').append(event.verdict().equals("none") ? "log" : event.verdict());
        line.append(event.monitored() ? " (monitored) " : " ").append(event.hook());
        if (!event.fields().isEmpty()) {
            line.append(' ').append(Event.pairs(event.fields()));
        }
        line.append(names.text(event));
        line.append("  ");
        line.append(explained
                .rule()
                .map(rule -> Printable.of(rule.place()) + ": " + Printable.of(rule.text()) + reason(rule))
                .orElseGet(() -> unknown(event)));
        if (event.suppressed() != 0) {
            line.append("  (").append(event.suppressed()).append(" suppressed before it)");
        }
    }

    private static String reason(Events.Rule rule) {
        return rule.reason().isEmpty() ? "" : " because " + Printable.of(rule.reason());
    }

    private static String unknown(Event event) {
        return "rule " + event.rule() + " of generation " + Integer.toUnsignedString(event.generation())
                + " (its rule text is no longer available)";
    }

    private void json(Events.Explained explained) {
        Event event = explained.event();
        line.append(ofInstance);
        int before = line.length();
        line.append(",\"time\":\"");
        if (time(event)) {
            line.append('"');
        } else {
            line.setLength(before);
        }
        line.append(",\"boottime\":").append(event.time());
        line.append(",\"generation\":").append(Integer.toUnsignedLong(event.generation()));
        line.append(",\"rule\":").append(event.rule());
        explained.rule().ifPresent(rule -> line.append(rules.computeIfAbsent(rule, EventPrinter::members)));
        line.append(names.json(event));
        Json.append(line.append(",\"hook\":"), event.hook());
        Json.append(line.append(",\"verdict\":"), event.verdict());
        line.append(",\"monitored\":").append(event.monitored());
        line.append(",\"suppressed\":").append(event.suppressed());
        Json.append(line.append(",\"fields\":"), event.fields());
        line.append('}');
    }

    private static String members(Events.Rule rule) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", rule.file());
        fields.put("line", rule.line());
        fields.put("column", rule.column());
        fields.put("text", rule.text());
        if (!rule.reason().isEmpty()) {
            fields.put("reason", rule.reason());
        }
        String object = Json.of(fields);
        return "," + object.substring(1, object.length() - 1);
    }

    /** Returns whether everything printed so far was written. */
    public boolean flush() {
        return out.flush();
    }
}
