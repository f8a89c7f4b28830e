// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.object.PolicyObject;

/**
 * The steps from the version in force, if there is one, to the next (docs/abi.md section 3): pin
 * and attach it, let both decide, and then the new one alone. An exception before both decide
 * leaves what was in force; after that moment a failure is a note.
 */
final class Transition {
    private final Bpf bpf;
    private final PinStore pins;
    private final Instances instances;
    private final Version version;
    private final ControlWord word;
    private final Optional<Rollback.Prepared> timer;
    private final Before before;

    Transition(Bpf bpf, PinStore pins, Instances instances, Version version, ControlWord word, Timer timer) {
        this.bpf = bpf;
        this.pins = pins;
        this.instances = instances;
        this.version = version;
        this.word = word;
        this.timer = timer.prepared();
        this.before =
                new Before(word.hi(), word.monitorUntil(), version.folder().reason());
    }

    /**
     * What is put in force.
     *
     * @param old the version in force
     * @param generation the number of the new version
     * @param loaded its programs and maps
     * @param removed the ids of cgroups that were removed, for whose sockets the version decides
     */
    record Version(
            ApplyRequest request,
            InstanceFolder folder,
            Optional<InForce> old,
            int generation,
            Provenance origin,
            Generation loaded,
            Set<Long> removed) {
        PolicyObject policy() {
            return request.policy();
        }

        boolean enforces() {
            return request.chooses(ApplyChoice.ENFORCE);
        }
    }

    /** The state of the control word and the reason of its monitor mode before the transition. */
    private record Before(int hi, OptionalLong monitoredUntil, String reason) {}

    /**
     * The result of a transition.
     *
     * @param downgrade a phrase if the version is lower than that before, such as `7 after 8`
     */
    record Switched(List<String> notes, Optional<String> downgrade) {}

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
     * Takes all steps.
     *
     * @param checked is closed when the programs are attached
     */
    Switched run(Coverage coverage, Attacher attacher, PinStore.Lock checked) {
        RecordedAdmission.Recording recording = prepare(coverage, attacher, checked);
        try (recording) {
            letBothDecide(recording);
        }
        version.old().ifPresent(old -> overlap(version.request().overlap()));
        List<String> notes = new ArrayList<>(coverage.removed());
        notes.addAll(carryRemovedPlaces());
        notes.addAll(timer.isPresent() ? arm(timer.get()) : decideAlone());
        return new Switched(notes, recorded(recording, notes));
    }

    /** Pins and attaches the version, which does not decide yet. */
    private RecordedAdmission.Recording prepare(Coverage coverage, Attacher attacher, PinStore.Lock checked) {
        InstanceFolder folder = version.folder();
        try {
            if (version.old().isEmpty()) {
                if (version.policy().plain()) {
                    folder.keepPlain();
                }
                bpf.objPin(word.map(), folder.control());
            }
            pin();
            coverage.each(target ->
                    attacher.attach(version.loaded().programs(), target, folder.generation(version.generation())));
            coverage.requireSome();
            if (!coverage.removed().isEmpty()) {
                // Those that were removed meanwhile may have left sockets, too.
                folder.removedPlaces().keep(version.generation(), coverage.removedPlaces(version.old()));
            }
            checked.close();
            version.loaded().carry();
            beginMonitoring();
            return version.request()
                    .admission()
                    .applying(
                            version.policy(),
                            timer.isEmpty(),
                            instances::folderLock,
                            () -> instances.inForce(version.policy().policy()));
        } catch (RuntimeException e) {
            undo(RecordedAdmission.Recording.NONE, e);
            throw e;
        }
    }

    private void pin() {
        InstanceFolder folder = version.folder();
        PolicyObject policy = version.policy();
        Generation loaded = version.loaded();
        int generation = version.generation();
        var where = folder.generation(generation);
        pins.createFolder(where);
        folder.removedPlaces().keep(generation, version.removed());
        folder.keepProvenance(generation, version.origin());
        policy.file().ifPresent(file -> folder.keepObject(generation, file.toArray()));
        policy.evidence().ifPresent(each -> folder.keepBundle(generation, each.toArray()));
        folder.maps().pin(loaded);
        if (policy.plain()) {
            folder.pinMaps(generation, loaded);
        } else {
            bpf.objPin(loaded.map(PolicyObject.RODATA), where.resolve(InstanceFolder.RODATA));
            folder.indexes().pin(generation, loaded);
        }
        loaded.programs().forEach((hook, program) -> bpf.objPin(program, where.resolve(hook.word())));
        timer.ifPresent(each -> bpf.objPin(each.map(), folder.rollback(generation)));
    }

    private void beginMonitoring() {
        version.request().monitor().ifPresent(monitor -> {
            version.folder().keepReason(monitor.reason());
            word.monitor(monitor.until());
        });
    }

    /** Lets both versions decide, or only the new one if it is the first. */
    private void letBothDecide(RecordedAdmission.Recording recording) {
        try {
            word.hi(version.generation());
            // A first apply needs no barrier: a run that read the old word decides as if its
            // request had come before the apply.
            if (version.old().isPresent()) {
                bpf.barrier();
            }
        } catch (RuntimeException e) {
            undo(recording, e);
            throw e;
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

    /**
     * Lets the new version decide for the sockets of removed cgroups, while both decide elsewhere.
     * It is in force, so that a failure is only a note.
     */
    private List<String> carryRemovedPlaces() {
        try {
            version.old()
                    .ifPresent(old -> version.folder().removedPlaces().carry(old.generation(), version.generation()));
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("sockets of removed cgroups are no longer judged: " + e.getMessage());
        }
    }

    private List<String> decideAlone() {
        word.lo(version.generation());
        if (version.enforces()) {
            // Waits until the old generation is inert, so that nothing is denied that only the
            // old one would deny.
            word.enforce();
        }
        return version.old().map(this::retire).orElse(List.of());
    }

    private List<String> retire(InForce old) {
        InstanceFolder folder = version.folder();
        try {
            bpf.barrier();
            if (version.enforces()) {
                folder.dropReason();
            }
            folder.removeGeneration(old.generation());
            folder.dropMapsBeside(version.generation(), List::of);
            folder.forgetRollback();
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("the new version is in force; the old one "
                    + (version.policy().plain()
                            ? "still decides beside it, and is not yet removed"
                            : "is inert but not yet removed")
                    + " (" + e.getMessage() + "); the next command removes it");
        }
    }

    /**
     * Puts the new version alone in force until it is confirmed or the kernel rolls back. One run
     * of a program does both, so that a process that is killed leaves no version in force that
     * waits for nothing.
     */
    private List<String> arm(Rollback.Prepared prepared) {
        try {
            prepared.arm();
        } catch (RuntimeException e) {
            undo(RecordedAdmission.Recording.NONE, e);
            throw e;
        }
        try {
            version.folder().maps().putBeside();
            version.folder().forgetRollback();
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return List.of("the new version is in force, but the names of its maps could not be exchanged ("
                    + e.getMessage() + "); the next command repeats that");
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

    /** Removes the new generation. The old one decides until `lo` is written. */
    private void undo(RecordedAdmission.Recording recording, RuntimeException cause) {
        InstanceFolder folder = version.folder();
        try {
            word.hi(before.hi());
            endMonitoring();
            if (version.old().isPresent()) {
                folder.removeGeneration(version.generation());
                InForce old = version.old().get();
                folder.dropMapsBeside(old.generation(), () -> old.all().values());
            } else {
                folder.empty();
            }
            recording.undo();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private void endMonitoring() {
        if (version.request().monitor().isEmpty()) {
            return;
        }
        before.monitoredUntil().ifPresentOrElse(word::monitor, word::enforce);
        if (before.reason().isEmpty()) {
            version.folder().dropReason();
        } else {
            version.folder().keepReason(before.reason());
        }
    }
}
