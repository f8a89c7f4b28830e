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
 * @param cpu on which the program runs, from 0
 * @param seed of the random numbers that it draws
 * @param packet what the skb holds from its IP header on
 * @param address the sockaddr that the caller gave, where helpers can find it
 * @param stored what the socket carries; where it is not said, what the program's storages have for its cookie
 * @param budget how many instructions may run
 */
public record Environment(
        KernelVersion kernel,
        Task task,
        int retval,
        long nanoseconds,
        int cpu,
        long seed,
        Optional<Sysctl> sysctl,
        Bytes packet,
        Optional<Bytes> address,
        Optional<Stored> stored,
        int budget) {
    /** The verifier's own limit, BPF_COMPLEXITY_LIMIT_INSNS. */
    public static final int BUDGET = 1_000_000;

    public Environment {
        if (budget <= 0) {
            throw new IllegalArgumentException("a budget of " + budget);
        }
        if (cpu < 0) {
            throw new IllegalArgumentException("CPU " + cpu);
        }
    }

    /** A root task on this kernel, on CPU 0 at time 0; nothing has been decided. */
    public static Environment of(KernelVersion kernel) {
        return new Environment(
                kernel,
                Task.ROOT,
                0,
                0,
                0,
                0,
                Optional.empty(),
                Bytes.EMPTY,
                Optional.empty(),
                Optional.empty(),
                BUDGET);
    }

    /** The same with another task. */
    public Environment with(Task other) {
        return new Environment(kernel, other, retval, nanoseconds, cpu, seed, sysctl, packet, address, stored, budget);
    }

    /** The same with another clock. */
    public Environment at(long otherNanoseconds) {
        return new Environment(
                kernel, task, retval, otherNanoseconds, cpu, seed, sysctl, packet, address, stored, budget);
    }

    /** The same on another CPU. */
    public Environment on(int otherCpu) {
        return new Environment(
                kernel, task, retval, nanoseconds, otherCpu, seed, sysctl, packet, address, stored, budget);
    }

    /** The same with other random numbers. */
    public Environment drawing(long otherSeed) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, otherSeed, sysctl, packet, address, stored, budget);
    }

    /** The same after a program that has set this. */
    public Environment after(int otherRetval) {
        return new Environment(
                kernel, task, otherRetval, nanoseconds, cpu, seed, sysctl, packet, address, stored, budget);
    }

    /** The same with another sysctl. */
    public Environment touching(Sysctl other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, Optional.of(other), packet, address, stored, budget);
    }

    /** The same with another packet. */
    public Environment carrying(Bytes other) {
        return new Environment(kernel, task, retval, nanoseconds, cpu, seed, sysctl, other, address, stored, budget);
    }

    /** The same with a sockaddr of the caller, sun_family included. */
    public Environment naming(Bytes other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, packet, Optional.of(other), stored, budget);
    }

    /** The same at a socket that carries this, whatever the program's storages have. */
    public Environment with(Stored other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, packet, address, Optional.of(other), budget);
    }
}
