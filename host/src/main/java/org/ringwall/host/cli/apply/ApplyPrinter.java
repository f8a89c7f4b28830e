// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.cli.status.StatusPrinter;
import org.ringwall.host.words.Durations;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.Monitoring;

/**
 * The output of {@code apply}, as text or JSON: of one policy, or of several as they come into
 * force.
 */
final class ApplyPrinter {
    private final LoaderHost host;
    private final Session session;
    private final boolean dryRun;
    private final boolean json;
    private final List<Object> added = new ArrayList<>();

    ApplyPrinter(LoaderHost host, Session session, boolean dryRun, boolean json) {
        this.host = host;
        this.session = session;
        this.dryRun = dryRun;
        this.json = json;
    }

    /**
     * Prints the result of a command for one object.
     *
     * @param ended how many sockets were ended in each cgroup; empty if none were to be
     */
    void single(ApplyResult result, EndedSockets ended) {
        if (json) {
            session.out().println(Json.of(fields(result, ended)));
        } else {
            text(result, ended);
        }
    }

    /** Prints one of several results, or keeps it for the JSON at the end. */
    void add(ApplyResult result, EndedSockets ended) {
        if (json) {
            added.add(fields(result, ended));
        } else {
            text(result, ended);
        }
    }

    /** Ends the output of several results. */
    void end() {
        if (json) {
            session.out().println(Json.of(Map.of("applied", added)));
        }
    }

    /** The clock of programs, if the result has an end of monitor mode. */
    private OptionalLong now(ApplyResult result) {
        return result.monitoring().isEmpty() ? OptionalLong.empty() : host.time();
    }

    private static Optional<Monitoring> monitoring(ApplyResult result, OptionalLong now) {
        return result.monitoring().filter(mode -> now.isEmpty() || mode.until() > now.getAsLong());
    }

    private Map<String, Object> fields(ApplyResult result, EndedSockets ended) {
        OptionalLong now = now(result);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", result.name().policy());
        fields.put("instance", result.name().instance());
        fields.put("generation", result.generation());
        if (result.plain()) {
            fields.put("plain", true);
        }
        fields.put("cgroups", result.cgroups().stream().map(Cgroup::toString).toList());
        fields.put("hooks", result.hooks());
        monitoring(result, now)
                .ifPresent(mode -> fields.put(
                        "monitored",
                        StatusPrinter.mode(
                                now.isEmpty()
                                        ? now
                                        : OptionalLong.of((mode.until() - now.getAsLong()) / Durations.SECOND),
                                mode.reason())));
        result.confirm().ifPresent(time -> fields.put("confirm", time.toSeconds()));
        if (dryRun) {
            fields.put("changes", result.changes());
        }
        if (!ended.cgroups().isEmpty()) {
            List<Object> counts = new ArrayList<>();
            ended.cgroups().forEach((cgroup, number) -> counts.add(socketsOf(cgroup, number)));
            fields.put("ended", counts);
        }
        if (ended.unattributed() > 0) {
            fields.put("unattributed", ended.unattributed());
        }
        fields.put("notes", result.notes());
        return fields;
    }

    private static Map<String, Object> socketsOf(Cgroup cgroup, int number) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cgroup", cgroup.toString());
        fields.put("sockets", number);
        return fields;
    }

    private static String unconfirmed(ApplyResult result) {
        return result.confirm()
                .map(time -> ", unconfirmed: rolls back to generation " + result.before()
                        + " in " + Durations.text(time.toSeconds()) + " unless ringwall confirm " + result.name()
                        + " keeps it")
                .orElse("");
    }

    private void text(ApplyResult result, EndedSockets ended) {
        OptionalLong now = now(result);
        result.notes().forEach(note -> session.err().println("ringwall: note: " + Printable.line(note)));
        String generation = result.plain() ? "plain object" : "generation " + result.generation();
        String what = dryRun
                ? "can be applied here"
                : monitoring(result, now)
                        .map(mode -> "monitored until "
                                + (now.isEmpty()
                                        ? "an unknown time (it cannot be determined here)"
                                        : Durations.wallClock(mode.until() - now.getAsLong()))
                                + ", " + generation
                                + ": nothing is denied; ringwall enforce " + result.name() + " ends it earlier")
                        .orElse("in force, " + generation);
        session.out().println(result.name() + ": " + what + unconfirmed(result));
        String hooks = String.join(" ", result.hooks());
        result.cgroups()
                .forEach(cgroup -> session.out().println("  " + Printable.path(cgroup.toString()) + ": " + hooks));
        ended.cgroups()
                .forEach((cgroup, number) ->
                        session.out().println("  " + Printable.path(cgroup.toString()) + ": sockets ended: " + number));
        if (ended.unattributed() > 0) {
            session.err()
                    .println("ringwall: note: " + ended.unattributed() + " sockets of removed cgroups were left: this"
                            + " kernel does not show whether those were below a cgroup of the policy");
        }
        result.changes().forEach(change -> session.out().println("  " + Printable.line(change)));
    }
}
