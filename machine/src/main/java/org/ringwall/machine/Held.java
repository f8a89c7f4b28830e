// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.machine.map.Cell;
import org.ringwall.machine.map.Ring;

/** The resources that a run must release before it ends: at most one lock, and reserved records. */
final class Held {
    /** The first release in which static functions may be called under a lock. */
    private static final KernelVersion CALLS_UNDER_LOCK = new KernelVersion(6, 9);

    private final KernelVersion kernel;
    private final List<Reservation> reservations = new ArrayList<>();
    private Optional<Lock> lock = Optional.empty();

    Held(KernelVersion kernel) {
        this.kernel = kernel;
    }

    /**
     * A lock.
     *
     * @param lookup the lookup of its value, by which the verifier distinguishes locks
     */
    private record Lock(Cell cell, int lookup) {}

    /**
     * A record that is neither submitted nor discarded.
     *
     * @param slot of the call that reserved it
     */
    record Reservation(Ring ring, Ring.Record record, DataRegion region, int slot) {}

    /** Takes a lock, as `process_spin_lock`. */
    void lock(Cell cell, int lookup) {
        if (lock.isPresent()) {
            throw new TrapException("Locking two bpf_spin_locks are not allowed");
        }
        cell.take(this);
        lock = Optional.of(new Lock(cell, lookup));
    }

    void unlock(Cell cell, int lookup) {
        Lock held = lock.orElseThrow(() -> new TrapException("bpf_spin_unlock without taking a lock"));
        if (held.cell() != cell || held.lookup() != lookup) {
            throw new TrapException("bpf_spin_unlock of different lock");
        }
        cell.release();
        lock = Optional.empty();
    }

    /** Returns whether another run holds this value's lock. */
    boolean elsewhere(Cell cell) {
        return cell.holder().filter(holder -> holder != this).isPresent();
    }

    void reserve(Reservation reservation) {
        reservations.add(reservation);
    }

    /** Returns the reservation of this record, and removes it from the run. */
    Reservation release(Value.Pointer pointer) {
        Reservation found = reservations.stream()
                .filter(each -> each.region() == pointer.region())
                .findFirst()
                .orElseThrow(() -> new TrapException("R1 must be referenced when passed to release function"));
        if (pointer.offset() != 0) {
            throw new TrapException("R1 must have zero offset when passed to release func, off=" + pointer.offset());
        }
        reservations.remove(found);
        found.region().release();
        return found;
    }

    /** Traps a call under a lock of any helper but bpf_spin_lock and bpf_spin_unlock. */
    void beforeHelper(Helper helper) {
        if (lock.isPresent() && helper != Helper.SPIN_UNLOCK && helper != Helper.SPIN_LOCK) {
            throw new TrapException("function calls are not allowed while holding a lock");
        }
    }

    void beforeFunction(boolean ofTheKernel) {
        if (lock.isPresent() && (ofTheKernel || !kernel.atLeast(CALLS_UNDER_LOCK))) {
            throw new TrapException("function calls are not allowed while holding a lock");
        }
    }

    /**
     * Checks the exit of the program or of one of its functions: `check_reference_leak`, and the
     * checks of locks.
     */
    void beforeExit(boolean ofProgram) {
        if (lock.isPresent() && (ofProgram || !kernel.atLeast(CALLS_UNDER_LOCK))) {
            throw new TrapException("bpf_spin_unlock is missing");
        }
        if (ofProgram && !reservations.isEmpty()) {
            throw new TrapException(
                    "Unreleased reference alloc_insn=" + reservations.get(0).slot());
        }
    }
}
