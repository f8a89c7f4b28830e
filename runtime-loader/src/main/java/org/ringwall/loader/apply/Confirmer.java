// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.instance.RollbackCode;
import org.ringwall.loader.model.ConfirmResult;
import org.ringwall.loader.model.ConfirmResult.Outcome;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Provenance;
import org.ringwall.sys.SyscallException;

/** Commands that end the wait of an upgrade that must be confirmed. */
public final class Confirmer {
    private final PinStore pins;
    private final Bpf bpf;

    public Confirmer(Bpf bpf, PinStore pins) {
        this.bpf = bpf;
        this.pins = pins;
    }

    /**
     * Makes the new version stay, and removes the one before it.
     *
     * @throws InputException if there is no version to confirm
     */
    public ConfirmResult confirm(InstanceName name) {
        return confirm(name, RecordedAdmission.ALL, List::of);
    }

    /**
     * Makes the new version stay, and removes the one before it.
     *
     * @param admission records the version before it is confirmed
     * @param others reads the origins of the other instances of the policy in force
     * @throws InputException if there is no version to confirm
     * @throws HostException if it cannot be recorded: it then waits as before
     */
    public ConfirmResult confirm(InstanceName name, RecordedAdmission admission, Supplier<List<Provenance>> others) {
        return end(name, RollbackCode.Step.CONFIRM, folder -> recording(folder, name, admission, others));
    }

    /**
     * Puts the version before in force again at once. After a roll-back by the kernel, records only
     * that the user knows of it.
     *
     * @throws InputException if there is nothing to roll back
     */
    public ConfirmResult rollBack(InstanceName name) {
        return end(name, RollbackCode.Step.BEGIN, folder -> RecordedAdmission.Recording.NONE);
    }

    private ConfirmResult end(
            InstanceName name, RollbackCode.Step step, Function<InstanceFolder, RecordedAdmission.Recording> record) {
        Instances instances = new Instances(bpf, pins);
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            InstanceFolder folder = instances.folder(name);
            pins.checkWritable(folder.path());
            if (folder.isPlain()) {
                throw new InputException(
                        "`" + name + "` is a plain object, whose versions cannot be confirmed or rolled back",
                        "apply the version before: ringwall apply OBJ.o");
            }
            boolean expired;
            Optional<Rollback.Value> upgrade;
            RecordedAdmission.Recording recording = record.apply(folder);
            try (recording) {
                expired = step(folder, step);
                upgrade = twice(folder::timer).filter(value -> value.state() != Rollback.NOT_ARMED);
                if (upgrade.isEmpty() || upgrade.get().state() != Rollback.CONFIRMED) {
                    recording.undo();
                }
            }
            // Until this is complete both versions decide: a request must be allowed by both.
            twice(() -> new Recovery(bpf).bring(folder));
            if (upgrade.isPresent() && upgrade.get().state() == Rollback.CONFIRMED) {
                return result(upgrade.get(), Outcome.CONFIRMED, recording.finish());
            }
            Rollback.Value value = twice(folder::rolledBack)
                    .filter(found -> found.state() == Rollback.ROLLED_BACK)
                    .orElseThrow(() -> new InputException(
                            "no version of `" + name + "` waits to be confirmed", "see: ringwall status"));
            if (step == RollbackCode.Step.CONFIRM) {
                return result(value, Outcome.EXPIRED, Optional.empty());
            }
            return result(
                    twice(() -> acknowledged(folder)),
                    expired ? Outcome.EXPIRED : Outcome.ROLLED_BACK,
                    Optional.empty());
        }
    }

    /** Begins to record the version that waits; nothing if none does. */
    private RecordedAdmission.Recording recording(
            InstanceFolder folder, InstanceName name, RecordedAdmission admission, Supplier<List<Provenance>> others) {
        Optional<Rollback.Value> waiting =
                folder.timer().filter(value -> value.state() == Rollback.ARMED || value.state() == Rollback.CONFIRMED);
        Optional<RecordedAdmission.Origin> origin = waiting.flatMap(value -> folder.origin(value.from()));
        return origin.map(from -> admission.confirming(
                        new RecordedAdmission.Confirmed(
                                name.policy(),
                                from,
                                folder.provenance(waiting.orElseThrow().to()),
                                others),
                        new Instances(bpf, pins)::folderLock))
                .orElse(RecordedAdmission.Recording.NONE);
    }

    /**
     * Performs a step that has to follow those that were made, again if it was refused. If that is
     * refused too, the next command performs it.
     */
    private static <T> T twice(Supplier<T> step) {
        try {
            return step.get();
        } catch (KernelRefusedException | HostException | SyscallException e) {
            return step.get();
        }
    }

    /** Records that the user knows of the roll-back, and returns its record. */
    private static Rollback.Value acknowledged(InstanceFolder folder) {
        try (Rollback record = folder.openRollback().orElseThrow()) {
            record.acknowledge();
            return record.value().orElseThrow();
        }
    }

    private static ConfirmResult result(Rollback.Value value, Outcome outcome, Optional<String> downgrade) {
        return new ConfirmResult(
                outcome,
                Integer.toUnsignedLong(value.from()),
                Integer.toUnsignedLong(value.to()),
                value.time(),
                downgrade);
    }

    /** Makes a step if the timer runs. Returns whether the roll-back had begun before. */
    private static boolean step(InstanceFolder folder, RollbackCode.Step step) {
        OptionalInt timed = folder.timed();
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return false;
        }
        try (ControlWord word = control.get()) {
            if (timed.isEmpty()) {
                return true;
            }
            try (Rollback rollback = folder.openRollback(timed.getAsInt())) {
                boolean waits = rollback.value()
                        .filter(value -> value.state() == Rollback.ARMED)
                        .isPresent();
                if (waits) {
                    rollback.step(step, word.map());
                }
                return !waits;
            }
        }
    }
}
