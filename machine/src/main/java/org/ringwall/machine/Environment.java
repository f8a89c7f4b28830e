package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;

/**
 * What the program finds around it besides its context.
 *
 * @param kernel decides which accesses, instructions and helpers are refused
 * @param retval what an earlier program of the hook has set, 0 or a negative errno
 * @param nanoseconds what every clock says
 * @param packet what the skb holds from its IP header on
 * @param address the sockaddr that the caller gave, where helpers can find it
 * @param stored what the socket carries
 * @param budget how many instructions may run
 */
public record Environment(
        KernelVersion kernel,
        Task task,
        int retval,
        long nanoseconds,
        Optional<Sysctl> sysctl,
        Bytes packet,
        Optional<Bytes> address,
        Stored stored,
        int budget) {
    /** The verifier's own limit, BPF_COMPLEXITY_LIMIT_INSNS. */
    public static final int BUDGET = 1_000_000;

    public Environment {
        if (budget <= 0) {
            throw new IllegalArgumentException("a budget of " + budget);
        }
    }

    /** A root task on this kernel; nothing has been decided. */
    public static Environment of(KernelVersion kernel) {
        return new Environment(
                kernel, Task.ROOT, 0, 0, Optional.empty(), Bytes.EMPTY, Optional.empty(), Stored.NOTHING, BUDGET);
    }

    /** The same with another task. */
    public Environment with(Task other) {
        return new Environment(kernel, other, retval, nanoseconds, sysctl, packet, address, stored, budget);
    }

    /** The same with another clock. */
    public Environment at(long otherNanoseconds) {
        return new Environment(kernel, task, retval, otherNanoseconds, sysctl, packet, address, stored, budget);
    }

    /** The same after a program that has set this. */
    public Environment after(int otherRetval) {
        return new Environment(kernel, task, otherRetval, nanoseconds, sysctl, packet, address, stored, budget);
    }

    /** The same with another sysctl. */
    public Environment touching(Sysctl other) {
        return new Environment(kernel, task, retval, nanoseconds, Optional.of(other), packet, address, stored, budget);
    }

    /** The same with another packet. */
    public Environment carrying(Bytes other) {
        return new Environment(kernel, task, retval, nanoseconds, sysctl, other, address, stored, budget);
    }

    /** The same with a sockaddr of the caller, sun_family included. */
    public Environment naming(Bytes other) {
        return new Environment(kernel, task, retval, nanoseconds, sysctl, packet, Optional.of(other), stored, budget);
    }

    /** The same at a socket that carries this. */
    public Environment with(Stored other) {
        return new Environment(kernel, task, retval, nanoseconds, sysctl, packet, address, other, budget);
    }
}
