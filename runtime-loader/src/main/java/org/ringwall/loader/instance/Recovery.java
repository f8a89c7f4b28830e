// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.RolledBack;

/**
 * Recovery of an interrupted instance to a state of rest (docs/abi.md section 5). The caller holds
 * its lock.
 */
public final class Recovery {
    private final Bpf bpf;
    private final Consumer<RolledBack> seen;

    public Recovery(Bpf bpf) {
        this(bpf, rollback -> {});
    }

    /**
     * Creates a recovery.
     *
     * @param seen receives each roll-back once, when its generation is removed
     */
    public Recovery(Bpf bpf, Consumer<RolledBack> seen) {
        this.bpf = bpf;
        this.seen = seen;
    }

    /**
     * Brings the instance to rest. Returns empty, and empties the folder, if no generation was put
     * in force or its removal has begun.
     */
    public Optional<InForce> bring(InstanceFolder folder) {
        OptionalInt generation = settle(folder);
        return generation.isEmpty() ? Optional.empty() : Optional.of(InForce.of(folder, generation.getAsInt()));
    }

    /**
     * Does the same, and returns the generation without its links. What it costs does not depend on
     * their number, unless a command was interrupted.
     */
    public OptionalInt settle(InstanceFolder folder) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            folder.empty();
            return OptionalInt.empty();
        }
        try (ControlWord word = control.get()) {
            if (!folder.hasControlPin()) {
                bpf.objPin(word.map(), folder.control());
            }
            return settle(folder, word);
        }
    }

    private OptionalInt settle(InstanceFolder folder, ControlWord word) {
        folder.indexes().settle();
        OptionalInt timed = folder.timed();
        OptionalInt before = timed.isEmpty() ? timed : unconfirmed(folder, word, timed.getAsInt());
        int hi = word.hi();
        if (Integer.compareUnsigned(word.lo(), hi) > 0) {
            throw new HostException(
                    "the control word of `" + folder.path().getFileName() + "` is {" + word.lo() + ", " + hi
                            + "}, a value that ringwall never writes",
                    "find out which process writes to it; ringwall remove removes the instance");
        }
        if (before.isPresent()) {
            folder.maps().putBeside();
            return OptionalInt.of(hi);
        }
        if (word.lo() != hi) {
            // The interruption may have happened before the barrier that follows the write of `hi`.
            bpf.barrier();
            carry(folder, hi);
            word.lo(hi);
            bpf.barrier();
        }
        // After a roll-back.
        carry(folder, hi);
        for (int generation : folder.generations()) {
            if (generation != hi) {
                folder.removeGeneration(generation);
            }
        }
        if (hi == 0) {
            folder.empty();
            return OptionalInt.empty();
        }
        if (word.monitorUntil().equals(OptionalLong.of(0))) {
            // A change of the mode was interrupted; programs deny without an end.
            word.enforce();
            bpf.barrier();
        }
        word.settleMode();
        folder.settleReason(word.monitorUntil().isPresent());
        folder.membersChange().settle(folder.linksOf(hi), folder.programs(hi));
        folder.dropMapsBeside(hi, () -> folder.links(hi).values());
        if (timed.isPresent() && timed.getAsInt() == hi) {
            // Last, since it shows that the old generation is to be removed.
            folder.dropTimer(hi);
        }
        if (folder.rolledBack().filter(value -> value.to() != hi).isPresent()) {
            folder.forgetRollback();
        }
        return OptionalInt.of(hi);
    }

    private static void carry(InstanceFolder folder, int hi) {
        for (int generation : folder.generations()) {
            if (generation != hi && hi != 0) {
                folder.removedPlaces().carry(generation, hi);
            }
        }
    }

    /**
     * Brings an upgrade that must be confirmed to rest. Returns the generation before it while its
     * time is not over.
     */
    private OptionalInt unconfirmed(InstanceFolder folder, ControlWord word, int generation) {
        try (Rollback rollback = folder.openRollback(generation)) {
            Optional<Rollback.Value> value = rollback.value().filter(found -> found.from() == generation);
            if (value.isEmpty()) {
                return OptionalInt.empty();
            }
            int to = value.get().to();
            int state = value.get().state();
            if (state == Rollback.ARMED && word.hi() == generation) {
                state = rollback.step(RollbackCode.Step.EXPIRE, word.map());
                if (state == Rollback.ARMED) {
                    return OptionalInt.of(to);
                }
            }
            if (state == Rollback.NOT_ARMED && word.hi() == generation) {
                // Both decide, and no timer runs: the upgrade was interrupted, and goes back.
                word.hi(to);
            }
            if (state == Rollback.BOTH) {
                bpf.barrier();
                state = rollback.step(RollbackCode.Step.FINISH, word.map());
            }
            if (state == Rollback.CONFIRMED || state == Rollback.ROLLED_BACK) {
                // The generation that went out of force last is inert after this.
                bpf.barrier();
            }
            if (state == Rollback.ROLLED_BACK) {
                folder.keepRollback(generation);
                InstanceName.ofFolder(String.valueOf(folder.path().getFileName()))
                        .ifPresent(name -> seen.accept(
                                new RolledBack(name, Integer.toUnsignedLong(generation), Integer.toUnsignedLong(to))));
            }
            return OptionalInt.empty();
        }
    }
}
