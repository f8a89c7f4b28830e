// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sync;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.apply.ApplyResult;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.CgroupLabel;
import org.ringwall.loader.container.ByContainer;
import org.ringwall.loader.host.InstanceStatus;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.instance.Monitoring;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.object.Param;
import org.ringwall.loader.state.Printable;

/** The differences between an instance and its declaration, and the change that removes them. */
final class Difference {
    /** The tolerance for comparing the end of monitor mode, which two clocks measure, in s. */
    private static final long TOLERANCE = 5;

    private final Folder.Declared declared;
    private final List<Cgroup> cgroups;
    private final boolean complete;
    private final Optional<InstanceStatus> status;
    private final LoaderHost host;
    private final Instant now;

    /**
     * The declared cgroups at which the instance is not in force. Empty if there are other
     * differences, because then a new generation is applied instead of letting them join.
     */
    private final List<Cgroup> joining = new ArrayList<>();

    private final List<String> version;
    private final Optional<String> mode;

    /** Whether the policy stays in force at containers that hooks have let join. */
    private final boolean keepJoined;

    private final Set<String> joined;

    /**
     * Compares an instance with its declaration.
     *
     * @param cgroups the existing cgroups of the declared places
     * @param complete whether every declared place has a cgroup
     * @param status the instance as it is; empty if there is none
     */
    Difference(
            Folder.Declared declared,
            List<Cgroup> cgroups,
            boolean complete,
            Optional<InstanceStatus> status,
            LoaderHost host,
            Instant now) {
        this.declared = declared;
        this.cgroups = cgroups;
        this.complete = complete;
        this.status = status;
        this.host = host;
        this.now = now;
        // A file that declares containers declares all of them.
        this.keepJoined = declared.declaration().places().stream().noneMatch(ByContainer.class::isInstance);
        this.joined = host.members().joinedByThemselves(declared.name()).stream()
                .map(Cgroup::toString)
                .collect(Collectors.toUnmodifiableSet());
        this.version = status.map(this::version).orElseGet(() -> List.of("not in force"));
        this.mode = status.flatMap(this::mode);
    }

    /** Returns a phrase for each difference that {@link #remove} removes. */
    List<String> removable() {
        List<String> all = new ArrayList<>(version);
        mode.ifPresent(all::add);
        if (complete) {
            all.addAll(phrases());
        }
        return all;
    }

    /**
     * Returns a phrase for each undeclared cgroup at which the policy stays in force for now. That
     * is the case while a declared place has no cgroup: its name may be a typo, and removing the
     * policy elsewhere would leave the workload without it.
     */
    List<String> kept() {
        return complete ? List.of() : phrases();
    }

    private List<String> phrases() {
        return undeclared().stream()
                .map(cgroup -> "in force at `" + cgroup + "`, which is not declared")
                .toList();
    }

    private List<String> undeclared() {
        return others().filter(cgroup -> !isKept(cgroup)).toList();
    }

    /** Returns the cgroups at which the policy is in force, without those of declared places. */
    private Stream<String> others() {
        List<String> names = cgroups.stream().map(Cgroup::toString).toList();
        return status.stream()
                .flatMap(found -> found.places().stream())
                .filter(place -> !place.lost() && !names.contains(place.cgroup()))
                .map(InstanceStatus.At::cgroup);
    }

    /**
     * Returns whether the policy stays in force at an undeclared cgroup, because it is the cgroup
     * of a container, or has joined by a hook or a command.
     */
    private boolean isKept(String cgroup) {
        return keepJoined
                && cgroup.startsWith("/")
                && (joined.contains(cgroup)
                        || CgroupLabel.of(Path.of(cgroup)).container().isPresent());
    }

    private List<String> version(InstanceStatus found) {
        List<String> differences = new ArrayList<>();
        switch (found.state()) {
            case IN_FORCE -> {}
            case BETWEEN -> differences.add("a replacement is under way or was interrupted");
            case NOWHERE -> differences.add("not in force");
            case UNREADABLE ->
                differences.add("cannot be read: " + found.trouble().orElse(""));
        }
        if (!found.digest().equals(declared.object().digest())) {
            differences.add("another object is in force");
        }
        differences.addAll(params(found));
        if (found.state() == InstanceStatus.State.NOWHERE) {
            return differences;
        }
        boolean same = differences.isEmpty();
        for (Cgroup cgroup : cgroups) {
            Optional<InstanceStatus.At> place = found.places().stream()
                    .filter(each -> !each.lost() && each.cgroup().equals(cgroup.toString()))
                    .findFirst();
            if (place.isEmpty()) {
                differences.add("not in force at `" + cgroup + "`");
                joining.add(cgroup);
            } else {
                List<String> there = at(place.get());
                same &= there.isEmpty();
                differences.addAll(there);
            }
        }
        if (!same) {
            joining.clear();
        }
        return differences;
    }

    private List<String> at(InstanceStatus.At place) {
        List<String> differences = new ArrayList<>();
        if (!place.missing().isEmpty()) {
            differences.add("not attached at " + String.join(" ", place.missing()) + " of `" + place.cgroup() + "`");
        }
        if (!declared.declaration().acceptForeign()) {
            differences.addAll(place.overriding());
        }
        place.unknown()
                .ifPresent(why ->
                        differences.add("it cannot be determined whether `" + place.cgroup() + "` exists: " + why));
        return differences;
    }

    private List<String> params(InstanceStatus found) {
        Map<String, String> wanted = new TreeMap<>();
        declared.object().params().forEach(param -> wanted.put(param.name(), wanted(param)));
        for (String name : declared.declaration().params().keySet()) {
            if (!wanted.containsKey(name)) {
                throw new InputException(
                        declared.declaration().file() + ": policy `"
                                + declared.object().policy() + "` has no param `" + Printable.of(name) + "`",
                        wanted.isEmpty() ? "remove `params`" : "write one of: " + String.join(", ", wanted.keySet()));
            }
        }
        List<String> differences = new ArrayList<>();
        found.params().forEach(each -> {
            String name = each.param().name();
            String value = wanted.get(name);
            if (value != null && !value.equals(each.text())) {
                differences.add("param `" + name + "` is " + each.text() + " instead of " + value);
            }
        });
        return differences;
    }

    private String wanted(Param param) {
        String text = declared.declaration().params().get(param.name());
        return Long.toUnsignedString(text == null ? param.preset() : param.value(text));
    }

    private Optional<String> mode(InstanceStatus found) {
        Optional<Declaration.Monitor> wanted = wantedMode();
        Optional<InstanceStatus.Monitored> is = found.monitored();
        if (wanted.isEmpty()) {
            return is.map(mode -> "monitored, which is not declared: nothing is denied");
        }
        long seconds = Duration.between(now, wanted.get().until()).toSeconds();
        boolean same = is.filter(mode -> mode.reason().equals(wanted.get().reason()))
                .filter(mode -> mode.seconds().isPresent())
                .filter(mode -> Math.abs(mode.seconds().getAsLong() - seconds) <= TOLERANCE)
                .isPresent();
        return same
                ? Optional.empty()
                : Optional.of("not monitored until " + wanted.get().until() + " as declared");
    }

    private Optional<Declaration.Monitor> wantedMode() {
        return declared.declaration().monitor().filter(mode -> mode.until().isAfter(now));
    }

    /**
     * The result of the removal of all differences.
     *
     * @param downgrade a phrase if the version is lower than that before, such as `7 after 8`
     */
    record Removed(List<String> notes, Optional<String> downgrade) {
        private static Removed noting(List<String> notes) {
            return new Removed(notes, Optional.empty());
        }
    }

    /**
     * Applies what is declared, or the part of it that differs.
     *
     * @param admission what has admitted the policy
     */
    Removed remove(RecordedAdmission admission) {
        Optional<Monitoring> monitoring = wantedMode()
                .map(mode -> new Monitoring(
                        host.bootTime() + Duration.between(now, mode.until()).toNanos(), mode.reason()));
        boolean fewer = complete && !undeclared().isEmpty();
        if (version.isEmpty() && !fewer) {
            try (InstanceState state = host.change(declared.name())) {
                if (monitoring.isPresent()) {
                    state.monitor(monitoring.get());
                } else {
                    state.enforce(host.clock().now());
                }
            }
            return Removed.noting(List.of());
        }
        if (!joining.isEmpty() && mode.isEmpty() && !fewer) {
            return Removed.noting(host.members()
                    .join(declared.name(), joining, declared.declaration().acceptForeign())
                    .notes());
        }
        Set<Choice> choices = EnumSet.of(Choice.RESET_PARAMS);
        if (monitoring.isEmpty()) {
            choices.add(Choice.ENFORCE);
        }
        if (fewer) {
            choices.add(Choice.ONLY);
        }
        if (keepJoined) {
            choices.add(Choice.KEEP_JOINED);
        }
        if (declared.declaration().acceptForeign()) {
            choices.add(Choice.ACCEPT_FOREIGN);
        }
        ApplyResult result = host.applier()
                .apply(new ApplyRequest(
                                declared.object(),
                                declared.declaration().instance(),
                                places(),
                                declared.declaration().params(),
                                choices,
                                Set.of(),
                                monitoring)
                        .admittedBy(admission));
        return new Removed(result.notes(), result.downgrade());
    }

    /**
     * Returns the cgroups for an apply: the declared ones, and those where the policy stays in
     * force ({@link #isKept}, {@link #kept}).
     */
    private List<Cgroup> places() {
        List<Cgroup> places = new ArrayList<>(cgroups);
        for (String cgroup : others().toList()) {
            boolean kept = isKept(cgroup);
            // The apply refuses a cgroup that is not visible here, with its name.
            if (kept ? Files.exists(Path.of(cgroup)) : !complete && cgroup.startsWith("/")) {
                places.add(host.cgroups().at(Path.of(cgroup)));
            }
        }
        return places;
    }
}
