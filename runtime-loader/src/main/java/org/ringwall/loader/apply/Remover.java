// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.MembersChange;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.instance.RollbackCode;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Lookup;

/** Commands that take instances out of force, and bring interrupted ones to rest. */
public final class Remover {
    private final Bpf bpf;
    private final PinStore pins;
    private final Instances instances;
    private final CgroupView cgroups;
    private final Recovery recovery;

    public Remover(Bpf bpf, PinStore pins, CgroupView cgroups) {
        this(bpf, pins, cgroups, new Recovery(bpf));
    }

    public Remover(Bpf bpf, PinStore pins, CgroupView cgroups, Recovery recovery) {
        this.recovery = recovery;
        this.bpf = bpf;
        this.pins = pins;
        this.instances = new Instances(bpf, pins);
        this.cgroups = cgroups;
    }

    /**
     * Detaches and unpins all of an instance.
     *
     * @throws InputException if it does not exist
     */
    public void remove(InstanceName name) {
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            removeLocked(name);
        }
    }

    /** Removes an instance whose lock the caller holds. */
    public void remove(Applier.Held held) {
        removeLocked(held.result().name());
    }

    private void removeLocked(InstanceName name) {
        InstanceFolder folder = instances.folder(name);
        pins.checkWritable(folder.path());
        if (!endTimer(folder)) {
            makeInert(folder);
        }
        folder.empty();
        folder.removeIfEmpty();
    }

    /**
     * Cancels the timer of an unconfirmed upgrade and takes the policy out of force, in one step.
     * Returns whether that was done.
     */
    private static boolean endTimer(InstanceFolder folder) {
        OptionalInt timed = folder.timed();
        if (timed.isEmpty()) {
            return false;
        }
        try (Rollback rollback = folder.openRollback(timed.getAsInt());
                ControlWord word = folder.openControl().orElseThrow(() -> new HostException("no control map", ""))) {
            return rollback.step(RollbackCode.Step.REMOVE, word.map()) == Rollback.VOID;
        } catch (HostException | KernelRefusedException e) {
            // Whatever is pinned there, the timer ends with its pin.
            folder.dropTimer(timed.getAsInt());
            return false;
        }
    }

    /**
     * Takes the policy out of force at all hooks and cgroups at one instant, so that an interrupted
     * removal does not leave it in force at some of them. Stores `lo` first: `lo` never exceeds
     * `hi`, and the newest generation still decides.
     */
    private static void makeInert(InstanceFolder folder) {
        try {
            folder.openControl().ifPresent(control -> {
                try (ControlWord word = control) {
                    word.lo(0);
                    word.hi(0);
                }
            });
        } catch (HostException | KernelRefusedException e) {
            // Whatever is pinned as the control map, the links can be detached.
            return;
        }
    }

    /**
     * Brings every instance that no process has locked to rest, removes those whose cgroups were
     * all removed, and lets the others forget removed cgroups. A failure for one instance does not
     * stop the others; the first one is thrown at the end.
     *
     * @return a line for each that was not at rest, was removed, or is kept although none of its
     *     programs is attached, and for each cgroup that was forgotten
     */
    public List<String> recover() {
        List<String> done = new ArrayList<>();
        List<RuntimeException> failed = new ArrayList<>();
        for (InstanceName name : instances.all()) {
            Optional<PinStore.Lock> lock = instances.tryLock(name);
            if (lock.isEmpty()) {
                continue;
            }
            try (PinStore.Lock ignored = lock.get()) {
                recover(name).ifPresent(done::add);
                done.addAll(forgetRemoved(name));
            } catch (HostException | KernelRefusedException e) {
                failed.add(e);
            }
        }
        if (!failed.isEmpty()) {
            throw failed.get(0);
        }
        return done;
    }

    private Optional<String> recover(InstanceName name) {
        InstanceFolder folder = instances.folder(name);
        int generations = folder.generations().size();
        boolean timed = folder.timed().isPresent();
        Optional<MembersChange.Pending> change = folder.membersChange().pending();
        Optional<InForce> inForce = recovery.bring(folder);
        if (inForce.isEmpty() || !inForce.get().attached()) {
            Optional<String> kept = inForce.flatMap(this::whyKept);
            if (kept.isPresent()) {
                return Optional.of("`" + name + "` is not attached anywhere, but was kept: " + kept.get());
            }
            folder.empty();
            folder.removeIfEmpty();
            return Optional.of("`" + name + "` was not in force anywhere: removed");
        }
        if (timed && folder.timed().isPresent()) {
            return Optional.empty();
        }
        boolean back = timed
                && folder.rolledBack()
                        .filter(value -> value.state() == Rollback.ROLLED_BACK)
                        .isPresent();
        if (back) {
            return Optional.of("`" + name + "` was rolled back to generation "
                    + inForce.get().generation());
        }
        if (change.isPresent()) {
            return Optional.of("`" + name + "`: " + change.get().kind().settled());
        }
        String version = folder.isPlain()
                ? "a plain object"
                : "generation " + inForce.get().generation();
        return generations > 1 ? Optional.of("`" + name + "` is in force as " + version) : Optional.empty();
    }

    /**
     * Forgets removed cgroups of an instance that is at rest and in force at others, unless its
     * version is unconfirmed.
     */
    private List<String> forgetRemoved(InstanceName name) {
        InstanceFolder folder = instances.folder(name);
        OptionalInt generation =
                instances.exists(name) && folder.timed().isEmpty() ? recovery.settle(folder) : OptionalInt.empty();
        if (generation.isEmpty() || !folder.linksOf(generation.getAsInt()).anyAttached(any -> true)) {
            return List.of();
        }
        return new RemovedCgroups(cgroups, folder, generation.getAsInt())
                .drop().stream().map(line -> "`" + name + "`: " + line).toList();
    }

    /**
     * Returns why an instance without an attached link is kept: one of its cgroups exists, or may
     * exist.
     */
    private Optional<String> whyKept(InForce inForce) {
        for (long id : inForce.cgroupIds()) {
            Lookup<Cgroup> found = cgroups.byId(id);
            if (found instanceof Lookup.Present<Cgroup> present) {
                return Optional.of("`" + present.value() + "` exists; ringwall apply attaches the policy again");
            }
            if (found instanceof Lookup.Unknown<Cgroup> unknown) {
                return Optional.of("it cannot be determined whether its cgroup with id " + Long.toUnsignedString(id)
                        + " exists: " + unknown.reason());
            }
        }
        return Optional.empty();
    }

    /**
     * Removes what a killed `run` left, unless processes still run under its policy. A live `run`
     * holds its instance's lock. A cgroup counts as removed only if the kernel confirms it, or if
     * it cannot be looked up and nothing is attached to it, so that nothing depends on the pins.
     *
     * @param abandoned removes the cgroup if nothing runs in it, and returns whether it did
     */
    public void sweepRuns(Predicate<Cgroup> abandoned) {
        for (InstanceName name : instances.all()) {
            Optional<PinStore.Lock> lock = name.ofRun() ? instances.tryLock(name) : Optional.empty();
            if (lock.isPresent()) {
                try (PinStore.Lock ignored = lock.get()) {
                    sweep(name, abandoned);
                }
            }
        }
    }

    private void sweep(InstanceName name, Predicate<Cgroup> abandoned) {
        InstanceFolder folder = instances.folder(name);
        Optional<InForce> inForce = recovery.bring(folder);
        Set<Long> attached = new HashSet<>();
        inForce.ifPresent(any -> any.all().forEach((place, link) -> {
            if (link.attached()) {
                attached.add(place.cgroupId());
            }
        }));
        boolean all = true;
        for (long id : inForce.map(InForce::cgroupIds).orElse(Set.of())) {
            Lookup<Cgroup> found = cgroups.byId(id);
            boolean idle = found.found()
                    .filter(cgroup -> cgroup.visible().isPresent())
                    .filter(abandoned)
                    .isPresent();
            boolean ended = found instanceof Lookup.Unknown<Cgroup> && !attached.contains(id);
            all &= idle || ended || found instanceof Lookup.Gone<Cgroup>;
        }
        if (all) {
            removeLocked(name);
        }
    }
}
