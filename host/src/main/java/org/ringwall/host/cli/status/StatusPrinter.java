// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.CounterTotals;
import org.ringwall.host.cli.command.PlaceLines;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.evidence.Integrity;
import org.ringwall.host.journal.Authors;
import org.ringwall.host.words.Durations;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.model.SocketTrial;

/** The output of `status`, as text and as JSON. */
public final class StatusPrinter {
    private final List<InstanceStatus> instances;
    private final CgroupNames names;
    private final Map<InstanceName, Integrity> integrity;
    private final Map<InstanceName, CounterTotals> counters;
    private final boolean unmatched;

    /**
     * Creates an output.
     *
     * @param integrity the results of {@code --check}; none without it
     * @param counters those that are shown; none for an output without counters
     * @param unmatched whether the kernel no longer matches sockets with their cgroups
     */
    public StatusPrinter(
            List<InstanceStatus> instances,
            CgroupNames names,
            Map<InstanceName, Integrity> integrity,
            Map<InstanceName, CounterTotals> counters,
            boolean unmatched) {
        this.unmatched = unmatched;
        this.counters = counters;
        this.integrity = integrity;
        this.instances = instances;
        this.names = names;
    }

    /**
     * Returns the text.
     *
     * @param verbose whether each cgroup has a line, however many are alike
     */
    public String text(boolean verbose) {
        if (instances.isEmpty()) {
            return "no policy is in force\n";
        }
        StringBuilder out = new StringBuilder();
        for (InstanceStatus instance : instances) {
            out.append(instance.name())
                    .append(": ")
                    .append(state(instance))
                    .append(mode(instance))
                    .append(waits(instance))
                    .append('\n');
            if (!instance.params().isEmpty()) {
                out.append("  params: ").append(params(instance)).append('\n');
            }
            instance.origin().ifPresent(origin -> out.append(origin(origin)));
            Optional.ofNullable(integrity.get(instance.name()))
                    .ifPresent(each -> each.lines()
                            .forEach(line -> out.append("  ").append(line).append('\n')));
            totals(instance)
                    .forEach(total ->
                            out.append("  counter ").append(total.text()).append('\n'));
            out.append(new PlaceLines(instance.places(), names).text(verbose));
        }
        if (unmatched) {
            out.append("problem: ")
                    .append(SocketTrial.LOST)
                    .append("\n  help: ")
                    .append(SocketTrial.HELP)
                    .append('\n');
        }
        return out.toString();
    }

    private List<CounterTotals.Total> totals(InstanceStatus instance) {
        CounterTotals found = counters.get(instance.name());
        return found == null ? List.of() : found.totals();
    }

    private static String origin(Provenance origin) {
        return "  applied: " + origin.time().truncatedTo(ChronoUnit.SECONDS) + " by " + Authors.text(origin.author())
                + "\n"
                + origin.object()
                        .map(digest -> "  object: SHA-256 " + digest + "\n")
                        .orElse("")
                + origin.bundle()
                        .map(bundle -> "  bundle: " + Printable.of(bundle.name()) + ", version "
                                + Printable.of(bundle.version()) + ", SHA-256 " + bundle.digest() + "\n"
                                + bundle.key()
                                        .map(key -> "  signed by key " + key + "\n")
                                        .orElse(""))
                        .orElse("");
    }

    private static String params(InstanceStatus instance) {
        return instance.params().entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(" "));
    }

    private static String mode(InstanceStatus instance) {
        return instance.monitored()
                .map(monitored -> (monitored.seconds().isPresent()
                                ? ", monitored for another "
                                        + Durations.text(monitored.seconds().getAsLong())
                                : ", possibly monitored: its end cannot be determined in this time namespace")
                        + (monitored.reason().isEmpty() ? "" : " (" + Printable.of(monitored.reason()) + ")"))
                .orElse("");
    }

    private static String waits(InstanceStatus instance) {
        return instance.confirmation()
                .map(StatusPrinter::waits)
                .map(text -> ", " + text)
                .orElse("");
    }

    /** Returns what becomes of a version that must be confirmed, or became of it. */
    static String waits(InstanceStatus.Confirmation wait) {
        String to = "to generation " + wait.to();
        return switch (wait.stage()) {
            case UNCONFIRMED ->
                "unconfirmed: rolls back " + to
                        + (wait.seconds().isPresent()
                                ? " in " + Durations.text(wait.seconds().getAsLong())
                                : "");
            case ROLLING_BACK -> "not confirmed: rolling back " + to;
            case ROLLED_BACK ->
                "rolled back " + to
                        + wait.time()
                                .map(time -> " at " + time.truncatedTo(ChronoUnit.SECONDS))
                                .orElse("");
        };
    }

    private static Map<String, Object> fields(InstanceStatus.Confirmation wait) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", wait.stage().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("from", wait.from());
        fields.put("to", wait.to());
        wait.seconds().ifPresent(seconds -> fields.put("seconds", seconds));
        wait.time().ifPresent(time -> fields.put("time", time.truncatedTo(ChronoUnit.SECONDS)));
        return fields;
    }

    private static String state(InstanceStatus instance) {
        String generation = instance.version();
        if (instance.state() == InstanceStatus.State.BETWEEN && instance.rolledBack()) {
            return "in force, " + generation + " beside the previous one";
        }
        return switch (instance.state()) {
            case IN_FORCE -> "in force, " + generation;
            case BETWEEN ->
                "in force, " + generation
                        + " beside the previous one: it is being replaced, or ringwall recover completes that";
            case NOWHERE ->
                instance.places().stream().allMatch(InstanceStatus.At::lost)
                        ? "not in force anywhere: ringwall recover removes it"
                        : "not in force anywhere";
            case UNREADABLE ->
                "cannot be read, and may be in force: "
                        + Printable.line(instance.trouble().orElse(""));
        };
    }

    public String json() {
        List<Object> list = instances.stream().map(this::fields).toList();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("instances", list);
        if (unmatched) {
            fields.put("problem", SocketTrial.LOST);
        }
        return Json.of(fields) + "\n";
    }

    /** Returns monitor mode as members of JSON. */
    public static Map<String, Object> mode(OptionalLong seconds, String reason) {
        Map<String, Object> mode = new LinkedHashMap<>();
        seconds.ifPresent(number -> mode.put("seconds", number));
        mode.put("reason", reason);
        return mode;
    }

    private Object fields(InstanceStatus instance) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", instance.name().policy());
        fields.put("instance", instance.name().instance());
        fields.put("generation", instance.generation());
        if (instance.plain()) {
            fields.put("plain", true);
        }
        fields.put("state", instance.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        instance.monitored()
                .ifPresent(monitored -> fields.put("monitored", mode(monitored.seconds(), monitored.reason())));
        instance.confirmation().ifPresent(wait -> fields.put("confirmation", fields(wait)));
        instance.origin().ifPresent(origin -> fields.put("applied", applied(origin)));
        Optional.ofNullable(integrity.get(instance.name())).ifPresent(each -> fields.put("check", each.fields()));
        if (!instance.params().isEmpty()) {
            fields.put("params", instance.params());
        }
        if (!totals(instance).isEmpty()) {
            fields.put(
                    "counters",
                    totals(instance).stream().map(CounterTotals.Total::fields).toList());
        }
        instance.trouble().ifPresent(trouble -> fields.put("trouble", trouble));
        fields.put("places", instance.places().stream().map(this::place).toList());
        return fields;
    }

    private static Map<String, Object> applied(Provenance origin) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", origin.time());
        fields.putAll(Authors.fields(origin.author()));
        origin.object().ifPresent(digest -> fields.put("object", digest));
        origin.bundle().ifPresent(bundle -> fields.put("bundle", bundle(bundle)));
        return fields;
    }

    /** Returns a bundle as members of JSON. */
    public static Map<String, Object> bundle(BundleOrigin bundle) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", bundle.name());
        fields.put("version", bundle.version());
        fields.put("digest", bundle.digest());
        bundle.key().ifPresent(key -> fields.put("key", key));
        return fields;
    }

    private Object place(InstanceStatus.At place) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cgroup", place.cgroup());
        fields.putAll(names.of(place.cgroup()).fields());
        fields.put("lost", place.lost());
        fields.put("hooks", place.hooks());
        fields.put("missing", place.missing());
        place.unknown().ifPresent(reason -> fields.put("unknown", reason));
        place.changing().ifPresent(word -> fields.put("changing", word));
        if (!place.overriding().isEmpty()) {
            fields.put("overriding", place.overriding());
        }
        if (!place.accepted().isEmpty()) {
            fields.put("accepted", place.accepted());
        }
        return fields;
    }
}
