// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.apply.ParamsInForce;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.Links;
import org.ringwall.loader.instance.MembersChange;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.Owners;

/** A reader of what is in force on this host. It changes nothing and takes no lock. */
public final class StatusReader {
    private static final int ATTEMPTS = 20;
    private static final long SECOND = 1_000_000_000L;

    private final Bpf bpf;
    private final PinStore pins;
    private final CgroupView cgroups;
    private final Supplier<OptionalLong> bootTime;

    /**
     * Creates a reader.
     *
     * @param bootTime the time as programs read it, in ns; empty if it cannot be determined
     */
    public StatusReader(Bpf bpf, PinStore pins, CgroupView cgroups, Supplier<OptionalLong> bootTime) {
        this.bootTime = bootTime;
        this.bpf = bpf;
        this.pins = pins;
        this.cgroups = cgroups;
    }

    /** Returns the status of every instance, by name. */
    public List<InstanceStatus> all() {
        Instances instances = new Instances(bpf, pins);
        LaterPrograms later = new LaterPrograms(bpf, cgroups, new Owners(bpf, instances));
        List<Seen> all = instances.all().stream()
                .flatMap(name -> settled(instances, later, name).stream())
                .toList();
        // After all lists were read: one reading of the pins shows which programs are foreign.
        return all.stream().map(seen -> judged(seen, later)).toList();
    }

    /**
     * A status whose overriding programs have not been determined.
     *
     * @param later the programs that run after the policy, for each place of the status
     * @param accepted the programs that the user has accepted
     */
    private record Seen(InstanceStatus status, List<List<LaterPrograms.Later>> later, Set<String> accepted) {
        static Seen unreadable(InstanceName name, RuntimeException e) {
            return of(InstanceStatus.unreadable(name, String.valueOf(e.getMessage())));
        }

        static Seen of(InstanceStatus status) {
            return new Seen(status, List.of(), Set.of());
        }
    }

    private static InstanceStatus judged(Seen seen, LaterPrograms later) {
        List<InstanceStatus.At> places = new ArrayList<>();
        try {
            for (int i = 0; i < seen.later().size(); i++) {
                Map<Boolean, List<String>> overriding = overriding(seen.later().get(i), later).stream()
                        .collect(Collectors.partitioningBy(
                                program -> seen.accepted().contains(program.name()),
                                Collectors.mapping(LaterPrograms.Overriding::sentence, Collectors.toList())));
                InstanceStatus.At place = seen.status().places().get(i);
                places.add(place.overridden(
                        overriding.getOrDefault(false, List.of()), overriding.getOrDefault(true, List.of())));
            }
        } catch (KernelRefusedException e) {
            if (e.errno().is(Errno.EPERM) || e.errno().is(Errno.EACCES)) {
                throw e;
            }
            return InstanceStatus.unreadable(seen.status().name(), String.valueOf(e.getMessage()));
        } catch (HostException e) {
            return InstanceStatus.unreadable(seen.status().name(), String.valueOf(e.getMessage()));
        }
        return seen.status().at(places);
    }

    private static List<LaterPrograms.Overriding> overriding(List<LaterPrograms.Later> lists, LaterPrograms later) {
        try {
            return later.overriding(lists);
        } catch (CgroupException e) {
            // The cgroup was removed meanwhile.
            return List.of();
        }
    }

    /**
     * Reads the status of an instance, again if it changed meanwhile; empty if it was removed. An
     * instance with unexpected pins does not hide the others.
     */
    private Optional<Seen> settled(Instances instances, LaterPrograms later, InstanceName name) {
        InstanceFolder folder = instances.folder(name);
        for (int attempt = 1; instances.exists(name); attempt++) {
            try {
                Optional<Seen> status = read(name, folder, later, attempt == ATTEMPTS);
                if (status.isPresent()) {
                    return status;
                }
            } catch (KernelRefusedException e) {
                if (e.errno().is(Errno.EPERM) || e.errno().is(Errno.EACCES)) {
                    throw e;
                }
                if (!e.errno().is(Errno.ENOENT) || attempt == ATTEMPTS) {
                    return Optional.of(Seen.unreadable(name, e));
                }
            } catch (HostException e) {
                return Optional.of(Seen.unreadable(name, e));
            }
        }
        return Optional.empty();
    }

    /**
     * Reads the status; empty if the control word changed meanwhile, unless this is the last
     * attempt.
     */
    private Optional<Seen> read(InstanceName name, InstanceFolder folder, LaterPrograms later, boolean last) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return Optional.of(
                    Seen.of(new InstanceStatus(name, 0, InstanceStatus.State.NOWHERE, List.of(), Optional.empty())));
        }
        try (ControlWord word = control.get()) {
            int hi = word.hi();
            boolean plain = folder.isPlain();
            if (plain && hi == 0 && decides(folder)) {
                return Optional.of(Seen.of(InstanceStatus.unreadable(
                        name,
                        "a first apply or a removal of this plain object is under way or was interrupted, and its"
                                + " programs decide; ringwall recover ends that")));
            }
            boolean between = word.lo() != hi;
            List<List<LaterPrograms.Later>> lists = new ArrayList<>();
            List<InstanceStatus.At> places = new ArrayList<>();
            boolean attached = places(folder, hi, later, places, lists);
            InstanceStatus.State state = !attached
                    ? InstanceStatus.State.NOWHERE
                    : between ? InstanceStatus.State.BETWEEN : InstanceStatus.State.IN_FORCE;
            Optional<InstanceStatus.Monitored> monitored = attached ? monitored(folder, word) : Optional.empty();
            Map<String, BigInteger> params = new TreeMap<>();
            ParamsInForce.of(bpf, folder, hi)
                    .orElse(List.of())
                    .forEach(each -> params.put(each.param().name(), new BigInteger(each.text())));
            Optional<Provenance> origin = folder.provenance(hi);
            Optional<InstanceStatus.Confirmation> wait = waits(folder, hi);
            boolean moved = word.hi() != hi || between != (word.lo() != hi);
            if (moved && !last) {
                return Optional.empty();
            }
            return Optional.of(new Seen(
                    new InstanceStatus(
                            name,
                            Integer.toUnsignedLong(hi),
                            state,
                            places,
                            monitored,
                            params,
                            origin,
                            Optional.empty(),
                            wait,
                            plain),
                    lists,
                    folder.accepted()));
        }
    }

    /** Returns whether a program of a plain object is attached, whatever the control word says. */
    private static boolean decides(InstanceFolder folder) {
        return folder.generations().stream()
                .anyMatch(generation -> folder.linksOf(generation).anyAttached(any -> true));
    }

    /** Returns the version that waits to be confirmed or was rolled back, if `hi` agrees. */
    private Optional<InstanceStatus.Confirmation> waits(InstanceFolder folder, int hi) {
        Optional<Rollback.Value> found = folder.timer().or(folder::rolledBack);
        Optional<InstanceStatus.Confirmation.Stage> stage = found.flatMap(value -> stage(value, hi));
        if (stage.isEmpty()) {
            return Optional.empty();
        }
        Rollback.Value value = found.get();
        OptionalLong now = bootTime.get();
        boolean waits = stage.get() == InstanceStatus.Confirmation.Stage.UNCONFIRMED;
        return Optional.of(new InstanceStatus.Confirmation(
                stage.get(),
                Integer.toUnsignedLong(value.from()),
                Integer.toUnsignedLong(value.to()),
                waits && now.isPresent()
                        ? OptionalLong.of(Math.max(0, (value.deadline() - now.getAsLong()) / SECOND))
                        : OptionalLong.empty(),
                value.time() != 0 && now.isPresent()
                        ? Optional.of(Instant.now().minusNanos(now.getAsLong() - value.time()))
                        : Optional.empty()));
    }

    private static Optional<InstanceStatus.Confirmation.Stage> stage(Rollback.Value value, int hi) {
        return switch (value.state()) {
            case Rollback.ARMED ->
                hi == value.from() ? Optional.of(InstanceStatus.Confirmation.Stage.UNCONFIRMED) : Optional.empty();
            case Rollback.BOTH ->
                hi == value.from() ? Optional.of(InstanceStatus.Confirmation.Stage.ROLLING_BACK) : Optional.empty();
            case Rollback.ROLLED_BACK ->
                hi == value.to() ? Optional.of(InstanceStatus.Confirmation.Stage.ROLLED_BACK) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<InstanceStatus.Monitored> monitored(InstanceFolder folder, ControlWord word) {
        OptionalLong now = word.monitorUntil().isEmpty() ? OptionalLong.empty() : bootTime.get();
        return OpenInstance.monitoring(folder, word, now)
                .map(monitoring -> new InstanceStatus.Monitored(
                        now.isEmpty()
                                ? OptionalLong.empty()
                                : OptionalLong.of((monitoring.until() - now.getAsLong()) / SECOND),
                        monitoring.reason()));
    }

    /**
     * Reads the places of an instance.
     *
     * @param places receives them, by the ids of their cgroups
     * @param lists receives the programs that run after the policy at each of them
     * @return whether a program is attached, also for sockets of a removed cgroup
     */
    private boolean places(
            InstanceFolder folder,
            int generation,
            LaterPrograms later,
            List<InstanceStatus.At> places,
            List<List<LaterPrograms.Later>> lists) {
        Map<Long, Set<Hook>> byCgroup = new TreeMap<>();
        Links links = folder.linksOf(generation);
        links.places()
                .forEach(place -> byCgroup.computeIfAbsent(place.cgroupId(), id -> EnumSet.noneOf(Hook.class))
                        .add(place.hook()));
        Map<Hook, Integer> programs = folder.programIds(generation);
        Set<Long> removed = folder.removedPlaces().of(generation);
        Optional<MembersChange.Pending> change = folder.membersChange().pending();
        boolean any = false;
        for (Map.Entry<Long, Set<Hook>> each : byCgroup.entrySet()) {
            long id = each.getKey();
            Set<Hook> wanted = each.getValue();
            Lookup<Cgroup> cgroup = cgroups.byId(id);
            List<LaterPrograms.Later> after = new ArrayList<>();
            Set<Hook> hooks = attached(links, id, wanted, programs, cgroup.found(), later, after);
            any |= !hooks.isEmpty();
            List<String> attached = hooks.stream().map(Hook::word).toList();
            // The kernel releases the links of a removed cgroup a little later, or when its last
            // socket is closed.
            boolean lost = cgroup instanceof Lookup.Gone<Cgroup>;
            Optional<String> unknown =
                    cgroup instanceof Lookup.Unknown<Cgroup> why ? Optional.of(why.reason()) : Optional.empty();
            String path = cgroup.found()
                    .orElseGet(() -> new Cgroup(Optional.empty(), id))
                    .toString();
            wanted.addAll(programs.keySet());
            List<String> missing = wanted.stream()
                    .filter(hook -> !lost && !hooks.contains(hook))
                    .map(Hook::word)
                    .toList();
            boolean judged = lost && removed.contains(id);
            if (judged && attached.isEmpty()) {
                // The last socket of a cgroup that was removed before this version was applied.
                continue;
            }
            Optional<String> changing = change.filter(pending -> pending.touches(id))
                    .map(pending -> pending.kind().word());
            lists.add(after);
            places.add(new InstanceStatus.At(
                    id,
                    path,
                    lost,
                    lost && !judged ? List.of() : attached,
                    missing,
                    List.of(),
                    List.of(),
                    unknown,
                    changing));
        }
        return any;
    }

    /**
     * Returns the hooks of a cgroup at which the policy is attached. A program of the generation
     * that the kernel lists for the cgroup needs no look at its link; all other links are opened.
     *
     * @param hooks those that have a link
     * @param programs the ids of the generation's programs
     * @param after receives the programs that run after the policy
     */
    private Set<Hook> attached(
            Links links,
            long id,
            Set<Hook> hooks,
            Map<Hook, Integer> programs,
            Optional<Cgroup> cgroup,
            LaterPrograms later,
            List<LaterPrograms.Later> after) {
        Set<Hook> attached = EnumSet.noneOf(Hook.class);
        Map<Hook, Integer> listed = new EnumMap<>(programs);
        listed.keySet().retainAll(hooks);
        cgroup.flatMap(there -> ifStillThere(() -> later.here(there, listed))).ifPresent(here -> {
            attached.addAll(here.attached());
            after.addAll(here.later());
        });
        Map<Hook, Integer> others = new EnumMap<>(Hook.class);
        links.opened(hooks.stream()
                        .filter(hook -> !attached.contains(hook))
                        .map(hook -> new Place(hook, id))
                        .toList())
                .forEach((place, link) -> {
                    if (link.attached()) {
                        others.put(place.hook(), link.progId());
                    }
                });
        if (!others.isEmpty()) {
            attached.addAll(others.keySet());
            cgroup.flatMap(there -> ifStillThere(() -> later.after(there, others)))
                    .ifPresent(after::addAll);
        }
        return attached;
    }

    /** Returns what was read; empty if the cgroup was removed meanwhile. */
    private static <T> Optional<T> ifStillThere(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (CgroupException e) {
            return Optional.empty();
        }
    }
}
