// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.Links;
import org.ringwall.loader.instance.MembersChange;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.MemberChange;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.programs.ForeignPrograms;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.sys.Fd;

/**
 * Cgroups that join an instance in force, and leave it. The generation in force and its state stay:
 * its programs are attached to one cgroup more, or to one less.
 *
 * <p>Programs are attached one by one, so a process that is already in the cgroup is judged at some
 * hooks before others. If the command is killed meanwhile, the next one that changes the instance
 * undoes a join and completes a leave ({@link MembersChange}); status shows that.
 */
public final class Members {
    private final Bpf bpf;
    private final PinStore pins;
    private final CgroupView cgroups;
    private final Instances instances;
    private final Recovery recovery;
    private final SocketTrial sockets;

    /**
     * Creates it.
     *
     * @param sockets whether this host enforces policies on sockets
     */
    public Members(Bpf bpf, PinStore pins, CgroupView cgroups, SocketTrial sockets, Recovery recovery) {
        this.sockets = sockets;
        this.bpf = bpf;
        this.pins = pins;
        this.cgroups = cgroups;
        this.instances = new Instances(bpf, pins);
        this.recovery = recovery;
    }

    /**
     * Puts an instance in force on further cgroups. Those where it is in force already are left as
     * they are. After an exception it is in force where it was before, and nowhere else.
     *
     * @param acceptForeign whether programs of other owners that can override denials are accepted
     * @throws InputException if the instance is not in force
     * @throws HostException if a version of it is not confirmed, or the kernel or a program of
     *     another owner is in the way
     */
    public MemberChange join(InstanceName name, List<Cgroup> targets, boolean acceptForeign) {
        return join(name, targets, acceptForeign, false, folder -> {});
    }

    /**
     * Puts an instance in force on further cgroups, each for itself: one that is removed meanwhile,
     * or where something is in the way, does not keep it from the others.
     *
     * @throws InputException if the instance is not in force
     * @throws HostException if a version of it is not confirmed
     */
    public MemberChange joinEach(InstanceName name, List<Cgroup> targets, boolean acceptForeign) {
        return join(name, targets, acceptForeign, true, folder -> {});
    }

    /**
     * Puts an instance in force on the cgroup of a container that names it. It stays in force there
     * when the instance is brought to a list of other cgroups, until it leaves or is removed.
     *
     * @throws InputException if the instance is not in force
     * @throws HostException as {@link #join}
     */
    public MemberChange joinByItself(InstanceName name, Cgroup container) {
        return join(name, List.of(container), false, false, folder -> folder.keepJoined(container.id()));
    }

    /** Returns the cgroups that joined an instance by themselves, as far as they still exist. */
    public List<Cgroup> joinedByThemselves(InstanceName name) {
        return instances.folder(name).joined().stream()
                .flatMap(id -> cgroups.byId(id).found().stream())
                .toList();
    }

    private MemberChange join(
            InstanceName name,
            List<Cgroup> targets,
            boolean acceptForeign,
            boolean each,
            Consumer<InstanceFolder> first) {
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            InstanceFolder folder = instances.folder(name);
            pins.checkWritable(folder.path());
            int generation = settled(name, folder);
            Set<Hook> hooks = folder.programs(generation);
            List<String> notes = new ArrayList<>(sockets.require(hooks));
            first.accept(folder);
            List<Cgroup> all = targets.stream().distinct().toList();
            InForce current = InForce.at(folder, generation, RemovedCgroups.places(hooks, ids(all)));
            Joining joining = new Joining(name, folder, current, acceptForeign);
            all.forEach(target -> joining.add(target, hooks));
            try (PinStore.Lock checked = instances.checked(folder.isPlain())) {
                return joining.attach(each, notes);
            }
        }
    }

    private static Set<Long> ids(Collection<Cgroup> cgroups) {
        return cgroups.stream().map(Cgroup::id).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Forgets the cgroups of an instance that were removed. Takes time in proportion to all of its
     * cgroups.
     *
     * @return a sentence for each of them
     * @throws InputException if the instance is not in force
     */
    public List<String> dropRemoved(InstanceName name) {
        return dropping(name, RemovedCgroups::drop);
    }

    /**
     * Forgets some cgroups of an instance, as far as they were removed. Takes time in proportion to
     * their number.
     *
     * @param ids those of cgroups, which need not be of the instance
     * @return the ids of those that are not of the instance after this
     * @throws InputException if the instance is not in force
     */
    public Set<Long> dropRemoved(InstanceName name, Set<Long> ids) {
        return dropping(name, removed -> removed.drop(ids));
    }

    private <T> T dropping(InstanceName name, Function<RemovedCgroups, T> change) {
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            InstanceFolder folder = instances.folder(name);
            pins.checkWritable(folder.path());
            return change.apply(new RemovedCgroups(cgroups, folder, settled(name, folder)));
        }
    }

    /**
     * Ends an instance on some of its cgroups.
     *
     * @throws InputException if it is not in force on one of them, or on no other; then nothing was
     *     changed
     * @throws HostException if a version of it is not confirmed
     */
    public MemberChange leave(InstanceName name, List<Cgroup> targets) {
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            InstanceFolder folder = instances.folder(name);
            pins.checkWritable(folder.path());
            // Those that an interrupted command was to leave, which this one completes first.
            Predicate<Cgroup> pending = folder.membersChange()
                    .pending()
                    .filter(change -> change.kind() == MembersChange.Kind.LEAVE)
                    .<Predicate<Cgroup>>map(change -> cgroup -> change.concerns(cgroup.id()))
                    .orElse(cgroup -> false);
            int generation = settled(name, folder);
            Links links = folder.linksOf(generation);
            Set<Long> ids = ids(targets);
            Set<Place> there =
                    links.at(RemovedCgroups.places(Set.of(Hook.values()), ids)).keySet();
            Set<Long> covered = there.stream().map(Place::cgroupId).collect(Collectors.toSet());
            for (Cgroup target : targets) {
                if (!covered.contains(target.id()) && !pending.test(target)) {
                    throw new InputException(
                            "`" + name + "` is not in force at `" + target + "`", "see: ringwall status");
                }
            }
            if (!links.anyAttached(place -> !ids.contains(place.cgroupId()))) {
                throw new InputException(
                        "`" + name + "` would not be in force anywhere", "remove it: ringwall remove " + name);
            }
            folder.membersChange().begin(MembersChange.Kind.LEAVE, ids, Set.of());
            try {
                links.release(there);
            } catch (RuntimeException e) {
                end(folder, e);
                throw e;
            }
            folder.dropJoined(ids);
            folder.membersChange().end();
            return new MemberChange(
                    Integer.toUnsignedLong(generation),
                    targets.stream().distinct().toList(),
                    List.of());
        }
    }

    private static void end(InstanceFolder folder, RuntimeException cause) {
        try {
            folder.membersChange().end();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** Brings an instance to rest and returns its generation. */
    private int settled(InstanceName name, InstanceFolder folder) {
        int generation = recovery.settle(folder)
                .orElseThrow(() -> new InputException(
                        "`" + name + "` is not in force", "put it in force: ringwall apply OBJ.o --cgroup PATH"));
        folder.refuseUnconfirmed();
        return generation;
    }

    /**
     * One join: the hooks to attach by cgroup. Of the links in force it knows those of the cgroups
     * that join.
     */
    private final class Joining {
        private final InstanceName name;
        private final InstanceFolder folder;
        private final InForce current;
        private final Order order;
        private final OverrideCheck check;
        private final Map<Cgroup, Set<Hook>> missing = new LinkedHashMap<>();

        Joining(InstanceName name, InstanceFolder folder, InForce current, boolean acceptForeign) {
            this.name = name;
            this.folder = folder;
            this.current = current;
            this.order = new Order(bpf, cgroups, instances, name, current);
            this.check = new OverrideCheck(bpf, cgroups, instances, folder, order, acceptForeign);
        }

        void add(Cgroup target, Set<Hook> hooks) {
            Set<Hook> open = hooks.stream()
                    .filter(hook -> !attached(new Place(hook, target.id())))
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Hook.class)));
            if (!open.isEmpty()) {
                missing.put(target, open);
            }
        }

        private boolean attached(Place place) {
            return current.link(place).filter(LinkInfo::attached).isPresent();
        }

        private Set<Hook> hooks(Cgroup target) {
            return Objects.requireNonNull(missing.get(target));
        }

        /**
         * Attaches what is missing.
         *
         * @param each whether a cgroup where that fails is left out
         */
        MemberChange attach(boolean each, List<String> notes) {
            Coverage coverage = new Coverage(cgroups, List.copyOf(missing.keySet()), target -> each, target -> each);
            List<LaterPrograms.Overriding> overriding =
                    order.plan(coverage, this::hooks, new ForeignPrograms(bpf, cgroups), check);
            notes.addAll(order.notes());
            overriding.forEach(program -> notes.add(program.sentence()));
            Map<Hook, Fd> programs = new EnumMap<>(Hook.class);
            try {
                missing.values().forEach(hooks -> hooks.forEach(hook -> programs.computeIfAbsent(hook, this::program)));
                PlainOverrides overrides = PlainOverrides.of(bpf, cgroups, instances, name, programs);
                Attacher attacher = new Attacher(
                        bpf, pins, cgroups, order, place -> check.both(overrides, Optional.empty(), place));
                notes.addAll(check.earlier(overrides, Optional.empty()));
                // Before attaching: a failure must not leave a program without a record of what was
                // accepted.
                Set<String> names = new HashSet<>(folder.accepted());
                if (names.addAll(LaterPrograms.Overriding.names(overriding))) {
                    folder.keepAccepted(names);
                }
                if (!missing.isEmpty()) {
                    begin();
                }
                removeLinks();
                coverage.each(target -> {
                    Map<Hook, Fd> some = new EnumMap<>(Hook.class);
                    hooks(target).forEach(hook -> some.put(hook, Objects.requireNonNull(programs.get(hook))));
                    attacher.attach(some, target, folder.generation(current.generation()));
                });
                folder.membersChange().end();
                notes.addAll(coverage.removed());
                return new MemberChange(
                        Integer.toUnsignedLong(current.generation()), coverage.targets(), notes, coverage.refused());
            } catch (RuntimeException e) {
                undo(e);
                throw e;
            } finally {
                programs.values().forEach(Fd::close);
            }
        }

        /** Records what is removed again if this command is interrupted. */
        private void begin() {
            Set<Hook> all = folder.programs(current.generation());
            List<Long> whole = new ArrayList<>();
            List<Place> some = new ArrayList<>();
            missing.forEach((target, hooks) -> {
                if (hooks.containsAll(all)) {
                    whole.add(target.id());
                } else {
                    hooks.forEach(hook -> some.add(new Place(hook, target.id())));
                }
            });
            folder.membersChange().begin(MembersChange.Kind.JOIN, whole, some);
        }

        private Fd program(Hook hook) {
            return bpf.objGet(folder.generation(current.generation()).resolve(hook.word()));
        }

        /** Removes what is pinned for the missing hooks: links that were detached, or are new. */
        private void removeLinks() {
            List<Place> places = new ArrayList<>();
            missing.forEach((target, open) -> open.forEach(hook -> places.add(new Place(hook, target.id()))));
            folder.linksOf(current.generation()).remove(places);
        }

        private void undo(RuntimeException cause) {
            try {
                removeLinks();
                folder.membersChange().end();
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
