// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.apply.ApplyRequest.Choice;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.instance.Author;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.Monitoring;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Provenance;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.instance.Recovery.InForce;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.programs.CgroupView;
import org.ringwall.loader.programs.ForeignPrograms;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.sockets.SocketTrial;
import org.ringwall.sys.Fd;

/**
 * A transaction that puts a policy, or a new version of it, in force at all hooks and cgroups at
 * one instant (docs/abi.md section 3).
 */
public final class Applier {
    private final Bpf bpf;
    private final PinStore pins;
    private final CgroupView cgroups;
    private final SysctlTrial sysctls;
    private final SocketTrial sockets;
    private final Author author;
    private final Instances instances;
    private final ForeignPrograms neighbours;
    private final Recovery recovery;

    /** Creates an applier that records no command. */
    public Applier(Bpf bpf, PinStore pins, CgroupView cgroups, SysctlTrial sysctls) {
        this(bpf, pins, cgroups, sysctls, Author.ofThisProcess(""));
    }

    public Applier(Bpf bpf, PinStore pins, CgroupView cgroups, SysctlTrial sysctls, Author author) {
        this(bpf, pins, cgroups, sysctls, () -> SocketTrial.Outcome.MATCHED, author, new Recovery(bpf));
    }

    /**
     * Creates an applier.
     *
     * @param sockets whether this host enforces policies on sockets
     */
    public Applier(
            Bpf bpf,
            PinStore pins,
            CgroupView cgroups,
            SysctlTrial sysctls,
            SocketTrial sockets,
            Author author,
            Recovery recovery) {
        this.sockets = sockets;
        this.recovery = recovery;
        this.bpf = bpf;
        this.pins = pins;
        this.cgroups = cgroups;
        this.sysctls = sysctls;
        this.author = author;
        this.instances = new Instances(bpf, pins);
        this.neighbours = new ForeignPrograms(bpf, cgroups);
    }

    /**
     * Applies a policy. After an exception, what was in force before is still in force, and nothing
     * else.
     */
    public ApplyResult apply(ApplyRequest request) {
        try (Held held = applyAndHold(request)) {
            return held.result();
        }
    }

    /**
     * Applies a policy and keeps the instance's lock, which shows other processes that its owner is
     * alive.
     */
    public Held applyAndHold(ApplyRequest request) {
        // Rejects bad parameters before anything is locked or any system call is made.
        refuseOptions(request);
        if (request.chooses(Choice.DRY_RUN)) {
            return new Held(dry().run(request, true), () -> {});
        }
        InstanceName name = request.name();
        PinStore.Lock lock = instances.lockNew(name);
        InstanceFolder folder = instances.folder(name);
        try {
            return new Held(apply(request, folder, recovery.bring(folder)), lock);
        } catch (RuntimeException e) {
            removeIfEmpty(folder, e);
            lock.close();
            throw e;
        }
    }

    /**
     * Loads and checks a policy like a dry run, and requires what an apply requires: a cgroup, if
     * the policy is not in force.
     */
    ApplyResult check(ApplyRequest request) {
        refuseOptions(request);
        return dry().run(request, request.chooses(Choice.DRY_RUN));
    }

    private DryRun dry() {
        return new DryRun(bpf, cgroups, instances, sysctls, sockets);
    }

    private static void refuseOptions(ApplyRequest request) {
        request.policy().values(request.params());
        PlainObjects.refuseOptions(request);
    }

    private static void removeIfEmpty(InstanceFolder folder, RuntimeException cause) {
        try {
            folder.removeIfEmpty();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private ApplyResult apply(ApplyRequest request, InstanceFolder folder, Optional<InForce> old) {
        Refusals.unconfirmed(request, folder, old);
        Refusals.forgotten(request, folder);
        List<String> notes = new ArrayList<>(PlainObjects.notes(request, folder, old));
        List<Cgroup> targets = new Targets(cgroups).of(request, old, folder.joined(), notes);
        try (PinStore.Lock checked = instances.checked(request.policy().plain())) {
            return apply(request, folder, old, targets, notes, checked);
        }
    }

    /**
     * Applies a policy to cgroups.
     *
     * @param checked is closed when the programs are attached
     */
    private ApplyResult apply(
            ApplyRequest request,
            InstanceFolder folder,
            Optional<InForce> old,
            List<Cgroup> targets,
            List<String> notes,
            PinStore.Lock checked) {
        Set<Hook> hooks = hooks(request);
        Coverage coverage = Coverage.of(cgroups, request, old, targets);
        Order order = new Order(bpf, cgroups, instances, request, old);
        OverrideCheck check =
                new OverrideCheck(bpf, cgroups, instances, folder, order, request.chooses(Choice.ACCEPT_FOREIGN));
        List<LaterPrograms.Overriding> overriding = order.plan(coverage, target -> hooks, neighbours, check);
        coverage.requireSome();
        notes.addAll(notes(order, overriding));
        notes.addAll(Warnings.of(request.policy(), sysctls, sockets));
        int before = old.map(InForce::generation).orElse(0);
        int generation = next(folder, before);
        GenerationLoader loader = new GenerationLoader(bpf, request.policy());
        Map<String, Long> values = ParamsInForce.chosen(bpf, folder, old.map(InForce::generation), request, notes);
        byte[] rodata = request.policy().rodata(generation, values);
        Optional<Fd> btf = loader.loadTypes();
        try (ControlWord word = old.isPresent() ? open(folder) : ControlWord.of(bpf, loader.createControl(btf));
                Timer timer = Timer.of(bpf, word, request, generation, before);
                Generation loaded =
                        loader.load(btf, word.map(), rodata, Optional.of(folder.maps()), request.forget())) {
            notes.addAll(loaded.notes());
            PlainOverrides overrides = PlainOverrides.of(bpf, cgroups, instances, request, loaded.programs());
            notes.addAll(check.earlier(overrides, old));
            Walk walk = new Walk(
                    folder,
                    origin(request),
                    request.policy(),
                    word,
                    old,
                    new Attacher(bpf, pins, cgroups, order, place -> check.both(overrides, old, place)),
                    checked,
                    generation,
                    request.monitor(),
                    word.monitorUntil(),
                    folder.reason(),
                    request.chooses(Choice.ENFORCE),
                    request.overlap(),
                    timer.prepared(),
                    request.admission(),
                    new Targets(cgroups).removed(old, coverage.targets(), hooks, notes));
            Switched switched = walk(walk, loaded, coverage);
            notes.addAll(switched.notes());
            notes.addAll(accepted(folder, overriding));
            return new ApplyResult(
                    request.name(),
                    generation,
                    before,
                    coverage.targets(),
                    List.copyOf(hooks),
                    notes,
                    List.of(),
                    monitoring(folder, word),
                    request.confirm(),
                    request.policy().plain(),
                    switched.downgrade(),
                    coverage.refused());
        } finally {
            btf.ifPresent(Fd::close);
        }
    }

    private Provenance origin(ApplyRequest request) {
        return new Provenance(request.policy().digest(), request.policy().bundle(), Instant.now(), author);
    }

    private static List<String> notes(Order order, List<LaterPrograms.Overriding> overriding) {
        List<String> notes = new ArrayList<>(order.notes());
        overriding.forEach(program -> notes.add(program.sentence()));
        return notes;
    }

    /**
     * Returns the number of the next generation. That of a version that was rolled back is not used
     * again, since records name it.
     */
    private static int next(InstanceFolder folder, int before) {
        int last = folder.rolledBack()
                .map(Rollback.Value::from)
                .filter(from -> from > before)
                .orElse(before);
        if (last + 1 < 0) {
            throw new HostException("the instance has no generation numbers left", "remove it, then apply it again");
        }
        return last + 1;
    }

    /** The timer of a version that must be confirmed, whose creation needs a kernel with timers. */
    record Timer(Optional<Rollback.Prepared> prepared) implements AutoCloseable {
        static Timer of(Bpf bpf, ControlWord word, ApplyRequest request, int from, int to) {
            return new Timer(request.confirm()
                    .map(time -> Rollback.prepare(bpf, word.map(), from, to, time, request.overlap())));
        }

        @Override
        public void close() {
            prepared.ifPresent(Rollback.Prepared::close);
        }
    }

    /**
     * Returns the monitor mode in force. The version is already in force, so an unreadable reason
     * is not a failure.
     */
    private static Optional<Monitoring> monitoring(InstanceFolder folder, ControlWord word) {
        OptionalLong until = word.monitorUntil();
        if (until.isEmpty()) {
            return Optional.empty();
        }
        String reason;
        try {
            reason = folder.reason();
        } catch (KernelRefusedException | HostException e) {
            reason = "";
        }
        return Optional.of(new Monitoring(until.getAsLong(), reason));
    }

    /**
     * Stores the accepted programs. The version is already in force, so a failure is only a note;
     * the next apply requires their acceptance again.
     */
    private static List<String> accepted(InstanceFolder folder, List<LaterPrograms.Overriding> overriding) {
        try {
            folder.keepAccepted(LaterPrograms.Overriding.names(overriding));
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return overriding.isEmpty()
                    ? List.of()
                    : List.of("the accepted programs could not be recorded: " + e.getMessage());
        }
    }

    /** The parameters of one transition between generations. */
    private record Walk(
            InstanceFolder folder,
            Provenance origin,
            PolicyObject policy,
            ControlWord word,
            Optional<InForce> old,
            Attacher attacher,
            PinStore.Lock checked,
            int generation,
            Optional<Monitoring> monitor,
            OptionalLong monitoredBefore,
            String reasonBefore,
            boolean enforce,
            Duration overlap,
            Optional<Rollback.Prepared> timer,
            RecordedAdmission admission,
            Set<Long> removed) {
        boolean plain() {
            return policy.plain();
        }
    }

    private static void begin(Walk walk) {
        walk.monitor().ifPresent(monitor -> {
            walk.folder().keepReason(monitor.reason());
            walk.word().monitor(monitor.until());
        });
    }

    private static void end(Walk walk) {
        if (walk.monitor().isPresent()) {
            walk.monitoredBefore().ifPresentOrElse(walk.word()::monitor, walk.word()::enforce);
            if (walk.reasonBefore().isEmpty()) {
                walk.folder().dropReason();
            } else {
                walk.folder().keepReason(walk.reasonBefore());
            }
        }
    }

    /**
     * The result of a transition.
     *
     * @param downgrade a phrase if the version is lower than that before, such as `7 after 8`
     */
    private record Switched(List<String> notes, Optional<String> downgrade) {}

    private Switched walk(Walk walk, Generation loaded, Coverage coverage) {
        InstanceFolder folder = walk.folder();
        ControlWord word = walk.word();
        int before = word.hi();
        RecordedAdmission.Recording recording;
        try {
            if (walk.old().isEmpty()) {
                if (walk.plain()) {
                    folder.keepPlain();
                }
                bpf.objPin(word.map(), folder.control());
            }
            pin(walk, loaded);
            coverage.each(
                    target -> walk.attacher().attach(loaded.programs(), target, folder.generation(walk.generation())));
            coverage.requireSome();
            if (!coverage.removed().isEmpty()) {
                // Those that were removed meanwhile may have left sockets, too.
                folder.removedPlaces().keep(walk.generation(), new Targets(cgroups).removed(walk.old()));
            }
            walk.checked().close();
            loaded.carry();
            begin(walk);
            recording = walk.admission()
                    .applying(
                            walk.policy(),
                            walk.timer().isEmpty(),
                            instances::folderLock,
                            () -> instances.inForce(walk.policy().policy()));
        } catch (RuntimeException e) {
            undo(walk, before, RecordedAdmission.Recording.NONE, e);
            throw e;
        }
        try (recording) {
            both(walk, before, recording);
        }
        if (walk.old().isPresent()) {
            overlap(walk.overlap());
        }
        List<String> notes = new ArrayList<>(coverage.removed());
        notes.addAll(carry(walk));
        if (walk.timer().isPresent()) {
            notes.addAll(arm(walk, walk.timer().get(), before));
        } else {
            word.lo(walk.generation());
            if (walk.enforce()) {
                // Waits until the old generation is inert, so that nothing is denied that only the
                // old one would deny.
                word.enforce();
            }
            notes.addAll(walk.old().map(old -> retire(walk, old)).orElse(List.of()));
        }
        return new Switched(notes, recorded(recording, notes));
    }

    /**
     * Lets the new version decide for the sockets of removed cgroups, while both decide elsewhere.
     * It is in force, so that a failure is only a note.
     */
    private static List<String> carry(Walk walk) {
        try {
            walk.old().ifPresent(old -> walk.folder().removedPlaces().carry(old.generation(), walk.generation()));
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("sockets of removed cgroups are no longer judged: " + e.getMessage());
        }
    }

    /** Lets both versions decide, or only the new one if it is the first. */
    private void both(Walk walk, int before, RecordedAdmission.Recording recording) {
        try {
            walk.word().hi(walk.generation());
            // A first apply needs no barrier: a run that read the old word decides as if its
            // request had come before the apply.
            if (walk.old().isPresent()) {
                bpf.barrier();
            }
        } catch (RuntimeException e) {
            undo(walk, before, recording, e);
            throw e;
        }
    }

    /** Lowers the record of versions. The version is in force, so that a failure is only a note. */
    private static Optional<String> recorded(RecordedAdmission.Recording recording, List<String> notes) {
        try {
            return recording.finish();
        } catch (HostException e) {
            notes.add("the lower version is in force, but not recorded (" + e.getMessage()
                    + "): to apply it again, write --allow-downgrade again");
            return Optional.empty();
        }
    }

    /**
     * Puts the new version alone in force until it is confirmed or the kernel rolls back. One run
     * of a program does both, so that a process that is killed leaves no version in force that
     * waits for nothing.
     */
    private List<String> arm(Walk walk, Rollback.Prepared timer, int before) {
        try {
            timer.arm();
        } catch (RuntimeException e) {
            undo(walk, before, RecordedAdmission.Recording.NONE, e);
            throw e;
        }
        try {
            walk.folder().maps().putBeside();
            walk.folder().forgetRollback();
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("the new version is in force, but the names of its maps could not be exchanged ("
                    + e.getMessage() + "); the next command repeats that");
        }
    }

    /**
     * Lets both versions decide for a time. If this process is killed meanwhile, both continue to
     * decide until the next command (docs/abi.md section 5). If its thread is interrupted, the time
     * is over.
     */
    private static void overlap(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> retire(Walk walk, InForce old) {
        try {
            bpf.barrier();
            if (walk.enforce()) {
                walk.folder().dropReason();
            }
            walk.folder().removeGeneration(old.generation());
            walk.folder().dropMapsBeside(walk.generation(), List.of());
            walk.folder().forgetRollback();
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("the new version is in force; the old one "
                    + (walk.plain()
                            ? "still decides beside it, and is not yet removed"
                            : "is inert but not yet removed")
                    + " (" + e.getMessage() + "); the next command removes it");
        }
    }

    private void pin(Walk walk, Generation loaded) {
        var where = walk.folder().generation(walk.generation());
        pins.createFolder(where);
        walk.folder().removedPlaces().keep(walk.generation(), walk.removed());
        walk.folder().keepProvenance(walk.generation(), walk.origin());
        walk.policy().file().ifPresent(file -> walk.folder().keepObject(walk.generation(), file.toArray()));
        walk.policy().evidence().ifPresent(each -> walk.folder().keepBundle(walk.generation(), each.toArray()));
        walk.folder().maps().pin(loaded);
        if (walk.plain()) {
            walk.folder().pinMaps(walk.generation(), loaded);
        } else {
            bpf.objPin(loaded.map(PolicyObject.RODATA), where.resolve(InstanceFolder.RODATA));
        }
        loaded.programs().forEach((hook, program) -> bpf.objPin(program, where.resolve(hook.word())));
        walk.timer().ifPresent(timer -> bpf.objPin(timer.map(), walk.folder().rollback(walk.generation())));
    }

    /** Removes the new generation. The old one decides until `lo` is written. */
    private void undo(Walk walk, int before, RecordedAdmission.Recording recording, RuntimeException cause) {
        try {
            walk.word().hi(before);
            end(walk);
            if (walk.old().isPresent()) {
                walk.folder().removeGeneration(walk.generation());
                InForce old = walk.old().get();
                walk.folder().dropMapsBeside(old.generation(), old.links().values());
            } else {
                walk.folder().empty();
            }
            recording.undo();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private static ControlWord open(InstanceFolder folder) {
        return folder.openControl()
                .orElseThrow(() -> new IllegalStateException("an instance in force has a control word"));
    }

    static Set<Hook> hooks(ApplyRequest request) {
        return EnumSet.copyOf(request.policy().programs().keySet());
    }

    /** An applied policy whose instance lock is held. */
    public static final class Held implements AutoCloseable {
        private final ApplyResult result;
        private final PinStore.Lock lock;

        private Held(ApplyResult result, PinStore.Lock lock) {
            this.result = result;
            this.lock = lock;
        }

        public ApplyResult result() {
            return result;
        }

        @Override
        public void close() {
            lock.close();
        }
    }
}
