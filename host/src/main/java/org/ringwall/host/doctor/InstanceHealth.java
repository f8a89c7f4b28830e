// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.text.Printable;
import org.ringwall.bundle.Manifest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.InstanceStatus;

/** The health of each instance, from its status. */
final class InstanceHealth {
    private static final long SECOND = 1_000_000_000L;

    private final LoaderHost host;

    InstanceHealth(LoaderHost host) {
        this.host = host;
    }

    List<Diagnosis> all() {
        List<Diagnosis> found = new ArrayList<>();
        for (InstanceStatus instance : host.status()) {
            int generations =
                    instance.state() == InstanceStatus.State.UNREADABLE ? 1 : host.generations(instance.name());
            found.addAll(of(instance, generations));
            expired(instance).ifPresent(found::add);
            host.bypasses(instance.name(), instance.generation())
                    .map(InstanceHealth::open)
                    .filter(open -> !open.isEmpty())
                    .ifPresent(open -> found.add(notCovered(instance, open)));
        }
        return found.isEmpty() ? List.of(Diagnosis.ok("policies", "none is in force")) : found;
    }

    /** Returns that monitor mode has ended by itself, which no command has taken note of yet. */
    private Optional<Diagnosis> expired(InstanceStatus instance) {
        if (!instance.inForce() || instance.monitored().isPresent()) {
            return Optional.empty();
        }
        return host.endedMonitoring(instance.name())
                .map(ended -> Diagnosis.warning(
                        instance.name().toString(),
                        "its monitor mode ended by itself " + (host.bootTime() - ended.until()) / SECOND
                                + "s ago, and it denies since"
                                + (ended.reason().isEmpty() ? "" : " (" + Printable.of(ended.reason()) + ")"),
                        "ringwall enforce " + instance.name() + " acknowledges it; ringwall monitor begins it again"));
    }

    private static List<String> open(List<Manifest.Bypass> all) {
        return all.stream()
                .filter(bypass -> bypass.status().equals("open"))
                .map(bypass -> bypass.id() + " of " + bypass.block())
                .toList();
    }

    private static Diagnosis notCovered(InstanceStatus instance, List<String> open) {
        return Diagnosis.warning(
                instance.name().toString(),
                "does not cover these bypasses: " + String.join(", ", open),
                "ringwallc reach explains each, and what closes it");
    }

    /**
     * Returns what is wrong with an instance, or that it is enforced.
     *
     * @param generations how many generations have pins; more than one is at rest
     */
    static List<Diagnosis> of(InstanceStatus instance, int generations) {
        String name = instance.name().toString();
        List<Diagnosis> found = new ArrayList<>();
        switch (instance.state()) {
            case UNREADABLE ->
                found.add(Diagnosis.problem(
                        name,
                        "cannot be read, and may be in force: "
                                + instance.trouble().orElse(""),
                        "find out which process changed its pins; ringwall remove " + name + " removes it"));
            case NOWHERE ->
                found.add(Diagnosis.problem(
                        name,
                        "not in force on any cgroup",
                        "ringwall recover removes it if its cgroups are gone; ringwall apply OBJ.o --cgroup PATH"));
            case BETWEEN, IN_FORCE -> {
                if (generations > 1 && instance.confirmation().isEmpty()) {
                    found.add(Diagnosis.warning(
                            name,
                            "a version is being replaced, or a command was interrupted",
                            "if no command is running: ringwall recover"));
                }
            }
        }
        instance.confirmation().ifPresent(wait -> found.add(waits(name, wait)));
        instance.monitored().ifPresent(mode -> found.add(monitored(name, mode)));
        instance.places().forEach(place -> found.addAll(at(name, place)));
        if (instance.enforced()) {
            long cgroups = instance.places().size();
            found.add(Diagnosis.ok(
                    name,
                    (instance.plain() ? "in force on " : "enforced on ")
                            + cgroups
                            + (cgroups == 1 ? " cgroup, " : " cgroups, ")
                            + instance.version()));
        }
        return found;
    }

    private static Diagnosis waits(String name, InstanceStatus.Confirmation wait) {
        String to = "generation " + wait.to();
        String from = "generation " + wait.from();
        return wait.stage() == InstanceStatus.Confirmation.Stage.UNCONFIRMED
                ? Diagnosis.warning(
                        name, from + " is not confirmed, and rolls back to " + to, "ringwall confirm " + name)
                : Diagnosis.warning(
                        name,
                        from + " was not confirmed, and was rolled back to " + to,
                        "find out why; ringwall confirm --roll-back " + name + " acknowledges it");
    }

    private static Diagnosis monitored(String name, InstanceStatus.Monitored mode) {
        String reason = mode.reason().isEmpty() ? "" : " (" + Printable.of(mode.reason()) + ")";
        String end = mode.seconds().isPresent()
                ? "for another " + mode.seconds().getAsLong() + "s"
                : "until a time that cannot be determined in this time namespace";
        return Diagnosis.warning(
                name, "monitored " + end + ", so nothing is denied" + reason, "ringwall enforce " + name);
    }

    private static List<Diagnosis> at(String name, InstanceStatus.At place) {
        String where = Printable.path(place.cgroup());
        List<Diagnosis> found = new ArrayList<>();
        if (place.judged()) {
            found.add(Diagnosis.ok(
                    name,
                    where + " was removed; sockets that are left of it are judged at "
                            + String.join(" ", place.hooks())));
        } else if (place.lost()) {
            found.add(Diagnosis.problem(
                    name,
                    where + " was removed: nothing is enforced there, nor on a new cgroup of that name",
                    "ringwall recover forgets it; ringwall join " + name + " --cgroup PATH covers the new one"));
        } else if (place.unknown().isPresent()) {
            found.add(Diagnosis.warning(
                    name,
                    "it cannot be determined whether " + where + " exists: "
                            + place.unknown().get(),
                    "run as root in the initial user namespace"));
        } else if (place.changing().isPresent() && !place.missing().isEmpty()) {
            found.add(Diagnosis.problem(
                    name,
                    "a " + place.changing().get() + " of " + where + " is under way or was interrupted: not"
                            + " attached at " + String.join(" ", place.missing()),
                    "if no command is running: ringwall recover"));
        } else if (!place.missing().isEmpty()) {
            found.add(Diagnosis.problem(
                    name,
                    "another process detached " + String.join(" ", place.missing()) + " of " + where,
                    "find out which; ringwall apply OBJ.o attaches them again"));
        }
        place.overriding()
                .forEach(sentence -> found.add(Diagnosis.problem(
                        name,
                        sentence,
                        "have its owner detach it, or accept it: ringwall apply OBJ.o --accept-foreign")));
        place.accepted().forEach(sentence -> found.add(Diagnosis.ok(name, "accepted: " + sentence)));
        return found;
    }
}
