// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.instance.RollbackCode;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.sys.SyscallException;

/** Commands that end the wait of an upgrade that must be confirmed. */
public final class Confirmer {
    private final PinStore pins;
    private final Bpf bpf;

    public Confirmer(Bpf bpf, PinStore pins) {
        this.bpf = bpf;
        this.pins = pins;
    }

    /** The outcome of the upgrade. */
    public enum Outcome {
        /** The new version stays. */
        CONFIRMED,
        /** The command rolled it back, or the user now knows that the kernel did. */
        ROLLED_BACK,
        /** The time was over, so the kernel rolled it back. */
        EXPIRED
    }

    /**
     * The result of a command.
     *
     * @param from the generation that had to be confirmed
     * @param to the generation before it
     * @param time when it was rolled back, in ns as programs read the time; 0 if it was not
     */
    public record Result(Outcome outcome, int from, int to, long time) {
        /** Returns the generation in force. */
        public int generation() {
            return outcome == Outcome.CONFIRMED ? from : to;
        }
    }

    /**
     * Makes the new version stay, and removes the one before it.
     *
     * @throws InputException if there is no version to confirm
     */
    public Result confirm(InstanceName name) {
        return end(name, RollbackCode.Step.CONFIRM);
    }

    /**
     * Puts the version before in force again at once. After a roll-back by the kernel, records only
     * that the user knows of it.
     *
     * @throws InputException if there is nothing to roll back
     */
    public Result rollBack(InstanceName name) {
        return end(name, RollbackCode.Step.BEGIN);
    }

    private Result end(InstanceName name, RollbackCode.Step step) {
        Instances instances = new Instances(bpf, pins);
        try (PinStore.Lock ignored = instances.lockExisting(name)) {
            InstanceFolder folder = instances.folder(name);
            pins.checkWritable(folder.path());
            if (folder.isPlain()) {
                throw new InputException(
                        "`" + name + "` is a plain object, whose versions cannot be confirmed or rolled back",
                        "apply the version before: ringwall apply OBJ.o");
            }
            boolean expired = step(folder, step);
            Optional<Rollback.Value> upgrade =
                    twice(folder::timer).filter(value -> value.state() != Rollback.NOT_ARMED);
            // Until this is complete both versions decide: a request must be allowed by both.
            twice(() -> new Recovery(bpf).bring(folder));
            if (upgrade.isPresent() && upgrade.get().state() == Rollback.CONFIRMED) {
                return result(upgrade.get(), Outcome.CONFIRMED);
            }
            Rollback.Value value = twice(folder::rolledBack)
                    .filter(found -> found.state() == Rollback.ROLLED_BACK)
                    .orElseThrow(() -> new InputException(
                            "no version of `" + name + "` waits to be confirmed", "see: ringwall status"));
            if (step == RollbackCode.Step.CONFIRM) {
                return result(value, Outcome.EXPIRED);
            }
            return result(twice(() -> acknowledged(folder)), expired ? Outcome.EXPIRED : Outcome.ROLLED_BACK);
        }
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

    private static Result result(Rollback.Value value, Outcome outcome) {
        return new Result(outcome, value.from(), value.to(), value.time());
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
