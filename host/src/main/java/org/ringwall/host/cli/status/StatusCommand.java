// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.CounterTotals;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.host.evidence.Integrity;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.SocketTrial;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows the policies in force. */
public final class StatusCommand implements HostCommand {
    /** How long a check waits for removed cgroups to be forgotten. */
    private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

    private static final int PAUSE_MS = 250;

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows the policies in force.")
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("NAME")
                        .arity("0..*")
                        .type(String[].class)
                        .description("A policy, or an instance NAME@INSTANCE; none for all.")
                        .build())
                .addOption(Options.flag(
                        "--check",
                        "Compare what is in force with what was signed; exit with 4 if it differs, or if a policy is"
                                + " lost, detached, overridden, monitored or rolled back, or if the kernel no longer"
                                + " matches sockets with cgroups."))
                .addOption(Options.flag("-v", "--verbose", "Show each cgroup, however many are alike."))
                .addOption(Options.json());
        Places.shown().forEach(spec::addOption);
        return spec;
    }

    /** Returns the instances with these names, or of the policies with these names. */
    private static List<InstanceStatus> named(List<InstanceStatus> all, List<String> names) {
        for (String name : names) {
            if (all.stream().noneMatch(each -> matches(each, name))) {
                List<String> known =
                        all.stream().map(each -> each.name().toString()).toList();
                throw new InputException(
                        "there is no policy `" + Printable.of(name) + "` on this host",
                        known.isEmpty() ? "none is in force" : "write one of " + String.join(", ", known));
            }
        }
        return all.stream()
                .filter(each -> names.isEmpty() || names.stream().anyMatch(name -> matches(each, name)))
                .toList();
    }

    private static boolean matches(InstanceStatus status, String name) {
        return name.equals(status.name().policy()) || name.equals(status.name().toString());
    }

    @Override
    public int run(ParseResult command, Session session) {
        try (LoaderHost host = session.host()) {
            List<String> names = List.of(command.matchedPositionalValue(0, new String[0]));
            List<Cgroup> cgroups = Places.ofShown(host, command);
            boolean json = command.matchedOptionValue("--json", false);
            boolean check = command.matchedOptionValue("--check", false);
            List<InstanceStatus> instances = read(host, names, cgroups, check);
            Map<InstanceName, Integrity> integrity = check ? integrity(host, instances) : Map.of();
            Map<InstanceName, CounterTotals> counters = json || !names.isEmpty() ? counters(host, instances) : Map.of();
            boolean unmatched = check && unmatched(host, instances);
            StatusPrinter printer = new StatusPrinter(
                    instances, CgroupNames.below(host.cgroups().mount()), integrity, counters, unmatched);
            session.out().print(json ? printer.json() : printer.text(command.matchedOptionValue("-v", false)));
            Delegation.uidsWithPolicies()
                    .forEach(uid -> session.err()
                            .println("ringwall: note: uid " + uid + " has policies of its own runs; see them with"
                                    + " setpriv --reuid=" + uid + " --clear-groups ringwall status"));
            if (instances.stream().anyMatch(each -> each.state() == InstanceStatus.State.UNREADABLE)) {
                return ExitCode.REFUSED;
            }
            boolean sound = !unmatched
                    && !(instances.isEmpty() && !cgroups.isEmpty())
                    && instances.stream().allMatch(each -> each.enforced() && !each.rolledBack())
                    && integrity.values().stream().noneMatch(Integrity::differs);
            return check && !sound ? ExitCode.NOT_ENFORCED : ExitCode.DONE;
        }
    }

    /**
     * Reads the status. A check that would fail for removed cgroups alone reads it again for some
     * seconds: a runtime's hook, the agent or `sync` removes a container that has ended from its
     * policies a little later.
     */
    private static List<InstanceStatus> read(LoaderHost host, List<String> names, List<Cgroup> cgroups, boolean check) {
        long end = System.nanoTime() + PATIENCE;
        while (true) {
            List<InstanceStatus> all = named(host.status(), names);
            List<InstanceStatus> found = cgroups.isEmpty() ? all : at(host, all, cgroups);
            boolean again = check && found.stream().anyMatch(InstanceStatus::onlyLost);
            if (!again || System.nanoTime() - end >= 0) {
                return found;
            }
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return found;
            }
        }
    }

    /** Returns the instances at these cgroups, above or below them, with those places alone. */
    private static List<InstanceStatus> at(LoaderHost host, List<InstanceStatus> all, List<Cgroup> cgroups) {
        Set<String> above = cgroups.stream()
                .flatMap(cgroup -> host.cgroups().upwards(cgroup).stream())
                .map(Cgroup::toString)
                .collect(Collectors.toSet());
        List<InstanceStatus> found = new ArrayList<>();
        for (InstanceStatus each : all) {
            List<InstanceStatus.At> places = each.places().stream()
                    .filter(place -> above.contains(place.cgroup())
                            || cgroups.stream()
                                    .anyMatch(cgroup -> place.cgroup().startsWith(cgroup + "/")))
                    .toList();
            if (!places.isEmpty()) {
                found.add(each.at(places));
            }
        }
        return found;
    }

    private static Map<InstanceName, CounterTotals> counters(LoaderHost host, List<InstanceStatus> instances) {
        Map<InstanceName, CounterTotals> found = new HashMap<>();
        instances.stream()
                .filter(InstanceStatus::inForce)
                .forEach(each -> found.put(each.name(), CounterTotals.of(host, each.name())));
        return found;
    }

    /** Returns whether a policy has hooks of sockets, and this host matches no socket with it. */
    private static boolean unmatched(LoaderHost host, List<InstanceStatus> instances) {
        List<Hook> hooks = instances.stream()
                .flatMap(each -> each.places().stream())
                .flatMap(place -> place.hooks().stream())
                .flatMap(word -> Hook.ofWord(word).stream())
                .toList();
        return SocketTrial.concerns(hooks) && host.sockets().run() == SocketTrial.Outcome.LOST;
    }

    private static Map<InstanceName, Integrity> integrity(LoaderHost host, List<InstanceStatus> instances) {
        Function<InstanceName, Comparison> comparison = host.comparison();
        Map<InstanceName, Integrity> found = new HashMap<>();
        for (InstanceStatus each : instances) {
            if (each.inForce()) {
                found.put(each.name(), Integrity.of(comparison.apply(each.name())));
            }
        }
        return found;
    }
}
