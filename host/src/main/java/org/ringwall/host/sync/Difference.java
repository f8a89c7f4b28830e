// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.ByContainer;
import org.ringwall.host.place.CgroupLabel;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.MemberChange;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.model.RefusedPlace;

/** The differences between an instance and its declaration, and the change that removes them. */
final class Difference {
    /** The tolerance for comparing the end of monitor mode, which two clocks measure, in s. */
    private static final long TOLERANCE = 5;

    private final Folder.Declared declared;
    private final Places places;
    private final Optional<InstanceStatus> status;
    private final LoaderHost host;
    private final Instant now;

    /** The declared cgroups at which the instance is not in force, if it is in force elsewhere. */
    private final List<Cgroup> joining = new ArrayList<>();

    /** Whether a new generation has to be applied, since it is not enough that cgroups join. */
    private boolean otherVersion;

    /** Whether the policy may end at cgroups that are not declared. */
    private boolean mayEnd;

    private final List<String> version;
    private final Optional<String> mode;

    /** Whether the policy stays in force at containers that hooks have let join. */
    private final boolean keepJoined;

    /** The ids of the cgroups that hooks have let join. */
    private final Set<Long> joined;

    /**
     * Compares an instance with its declaration.
     *
     * @param places the cgroups of the declared places
     * @param status the instance as it is; empty if there is none
     */
    Difference(Folder.Declared declared, Places places, Optional<InstanceStatus> status, LoaderHost host, Instant now) {
        this.declared = declared;
        this.places = places;
        this.mayEnd = places.complete();
        this.status = status;
        this.host = host;
        this.now = now;
        // A file that declares containers declares all of them.
        this.keepJoined = declared.declaration().places().stream().noneMatch(ByContainer.class::isInstance);
        this.joined = host.joinedByThemselves(declared.name()).stream()
                .map(Cgroup::id)
                .collect(Collectors.toUnmodifiableSet());
        this.version = status.map(this::version).orElseGet(() -> List.of("not in force"));
        this.mode = status.flatMap(this::mode);
    }

    /** Returns a phrase for each difference that {@link #remove} removes. */
    List<String> removable() {
        List<String> all = new ArrayList<>(version);
        mode.ifPresent(all::add);
        if (mayEnd) {
            all.addAll(phrases());
        }
        return all;
    }

    /**
     * Returns a phrase for each undeclared cgroup at which the policy stays in force for now. That
     * is the case while a declared place has no cgroup: its name may be a typo, and removing the
     * policy elsewhere would leave the workload without it. It is also the case after {@link
     * #keepAll}.
     */
    List<String> kept() {
        return mayEnd ? List.of() : phrases();
    }

    /** Returns at how many cgroups the policy would end. */
    long ending() {
        return mayEnd ? undeclared().count() : 0;
    }

    /** Keeps the policy in force at cgroups that are not declared. */
    void keepAll() {
        mayEnd = false;
    }

    private List<String> phrases() {
        return undeclared()
                .map(place -> "in force at `" + place.cgroup() + "`, which is not declared")
                .toList();
    }

    private Stream<InstanceStatus.At> undeclared() {
        return others().filter(place -> !isKept(place));
    }

    /** Returns the cgroups at which the policy is in force, without those of declared places. */
    private Stream<InstanceStatus.At> others() {
        Set<Long> ids = places.cgroups().stream().map(Cgroup::id).collect(Collectors.toSet());
        return status.stream()
                .flatMap(found -> found.places().stream())
                .filter(place -> !place.lost() && !ids.contains(place.id()));
    }

    /**
     * Returns whether the policy stays in force at an undeclared cgroup, because it is the cgroup
     * of a container, or has joined by a hook or a command.
     */
    private boolean isKept(InstanceStatus.At place) {
        return keepJoined
                && place.cgroup().startsWith("/")
                && (joined.contains(place.id())
                        || CgroupLabel.of(Path.of(place.cgroup())).container().isPresent());
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
        otherVersion = !differences.isEmpty();
        Map<Long, InstanceStatus.At> covered = found.places().stream()
                .filter(each -> !each.lost())
                .collect(Collectors.toMap(InstanceStatus.At::id, Function.identity()));
        for (Cgroup cgroup : places.cgroups()) {
            Optional<InstanceStatus.At> place = Optional.ofNullable(covered.get(cgroup.id()));
            if (place.isEmpty()) {
                differences.add("not in force at `" + cgroup + "`");
                joining.add(cgroup);
            } else {
                List<String> there = at(place.get());
                otherVersion |= !there.isEmpty();
                differences.addAll(there);
            }
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
        Set<String> names = declared.object().paramNames();
        for (String name : declared.declaration().params().keySet()) {
            if (!names.contains(name)) {
                throw new InputException(
                        declared.declaration().file() + ": policy `"
                                + declared.object().policy() + "` has no param `" + Printable.of(name) + "`",
                        names.isEmpty()
                                ? "remove `params`"
                                : "write one of: " + String.join(", ", new TreeSet<>(names)));
            }
        }
        Map<String, String> wanted =
                declared.object().allValues(declared.declaration().params());
        List<String> differences = new ArrayList<>();
        found.params().forEach((name, value) -> {
            String other = wanted.get(name);
            if (other != null && !other.equals(value.toString())) {
                differences.add("param `" + name + "` is " + value + " instead of " + other);
            }
        });
        return differences;
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
     * @param failures why differences are left
     * @param downgrade a phrase if the version is lower than that before, such as `7 after 8`
     */
    record Removed(List<String> notes, List<Failure> failures, Optional<String> downgrade) {
        static Removed noting(List<String> notes) {
            return new Removed(notes, List.of(), Optional.empty());
        }
    }

    /**
     * Applies what is declared, or the part of it that differs. Where a new version is refused, the
     * version in force stays, and is put in force at the declared cgroups that it did not cover.
     *
     * @param admission what has admitted the policy
     */
    Removed remove(RecordedAdmission admission) {
        Optional<Monitoring> monitoring = wantedMode()
                .map(mode -> new Monitoring(
                        host.bootTime() + Duration.between(now, mode.until()).toNanos(), mode.reason()));
        boolean fewer = mayEnd && undeclared().findAny().isPresent();
        if (version.isEmpty() && !fewer) {
            try (InstanceState state = host.change(declared.name())) {
                if (monitoring.isPresent()) {
                    state.monitor(monitoring.get());
                } else {
                    state.enforce(host.time());
                }
            }
            return Removed.noting(List.of());
        }
        if (!joining.isEmpty() && !otherVersion && mode.isEmpty() && !fewer) {
            return join();
        }
        Optional<Duration> confirm = status.filter(found -> found.state() == InstanceStatus.State.IN_FORCE)
                .flatMap(any -> declared.declaration().confirm());
        try {
            if (confirm.isPresent() && mode.isPresent()) {
                // A version that must be confirmed cannot change the mode.
                try (InstanceState state = host.change(declared.name())) {
                    state.enforce(host.time());
                }
            }
            ApplyResult result = host.apply(request(monitoring, fewer, confirm).admittedBy(admission));
            List<String> notes = new ArrayList<>(result.notes());
            result.confirm()
                    .ifPresent(time -> notes.add("unconfirmed: rolls back to the version before in " + time.toSeconds()
                            + "s unless ringwall confirm " + declared.name() + " keeps it"));
            return new Removed(notes, failures(result.refused()), result.downgrade());
        } catch (RuntimeException e) {
            if (joining.isEmpty()) {
                throw e;
            }
            Removed joined = join();
            List<Failure> failures = new ArrayList<>(List.of(Failure.ofAny(e)));
            failures.addAll(joined.failures());
            return new Removed(joined.notes(), failures, Optional.empty());
        }
    }

    /**
     * Lets the instance forget removed cgroups, unless it is in force at no other.
     *
     * @return a sentence for each of them
     */
    List<String> forgetRemoved() {
        List<InstanceStatus.At> all = status.map(InstanceStatus::places).orElse(List.of());
        boolean some =
                all.stream().anyMatch(place -> place.lost() && place.hooks().isEmpty());
        return some && !all.stream().allMatch(InstanceStatus.At::lost) ? host.dropRemoved(declared.name()) : List.of();
    }

    /** Whether declared cgroups can join the version in force. */
    boolean joins() {
        return !joining.isEmpty();
    }

    /** Puts the version in force at the declared cgroups that it does not cover. */
    Removed join() {
        MemberChange change = host.joinEach(
                declared.name(), Places.byTurns(joining), declared.declaration().acceptForeign());
        return new Removed(change.notes(), failures(change.refused()), Optional.empty());
    }

    private static List<Failure> failures(List<RefusedPlace> refused) {
        return refused.stream()
                .map(place -> new Failure(
                        place.failure().kind(),
                        "not in force at `" + Printable.line(place.cgroup().toString()) + "`: "
                                + place.failure().message(),
                        place.failure().help()))
                .toList();
    }

    private ApplyRequest request(Optional<Monitoring> monitoring, boolean fewer, Optional<Duration> confirm) {
        Set<ApplyChoice> choices = EnumSet.of(ApplyChoice.RESET_PARAMS, ApplyChoice.EACH_PLACE);
        if (monitoring.isEmpty() && confirm.isEmpty()) {
            choices.add(ApplyChoice.ENFORCE);
        }
        if (fewer) {
            choices.add(ApplyChoice.ONLY);
        }
        if (keepJoined) {
            choices.add(ApplyChoice.KEEP_JOINED);
        }
        if (declared.declaration().acceptForeign()) {
            choices.add(ApplyChoice.ACCEPT_FOREIGN);
        }
        return new ApplyRequest(
                        declared.object(),
                        declared.declaration().instance(),
                        targets(),
                        declared.declaration().params(),
                        choices,
                        Set.of(),
                        monitoring)
                .confirming(confirm);
    }

    /**
     * Returns the cgroups for an apply: the declared ones, and those where the policy stays in
     * force ({@link #isKept}, {@link #kept}). The apply refuses one that is not visible here, with
     * its name.
     */
    private List<Cgroup> targets() {
        List<Cgroup> targets = new ArrayList<>(Places.byTurns(places.cgroups()));
        others().filter(place -> isKept(place) || !mayEnd && place.cgroup().startsWith("/"))
                .flatMap(place -> host.cgroups().byId(place.id()).found().stream())
                .forEach(targets::add);
        return targets;
    }
}
