// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;

/**
 * The environment of a program besides its context.
 *
 * @param kernel determines which accesses, instructions and helpers are rejected
 * @param retval the value set by an earlier program of the hook, 0 or a negative errno
 * @param nanoseconds the time of every clock
 * @param cpu on which the program runs, from 0
 * @param seed of the random numbers
 * @param packet the content of the skb from its IP header on
 * @param address the sockaddr that the caller gave, if helpers can read it
 * @param stored the socket's storage; if empty, the values that the program's storages have for its
 *     cookie
 * @param tcp what only the kernel's own struct of the socket has
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
        TcpSocket tcp,
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

    /**
     * Returns the environment of a root task on this kernel, on CPU 0 at time 0, without an earlier
     * verdict.
     */
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
                TcpSocket.NEW,
                BUDGET);
    }

    /** Returns the same environment with another task. */
    public Environment with(Task other) {
        return new Environment(
                kernel, other, retval, nanoseconds, cpu, seed, sysctl, packet, address, stored, tcp, budget);
    }

    /** Returns the same environment at another time. */
    public Environment at(long otherNanoseconds) {
        return new Environment(
                kernel, task, retval, otherNanoseconds, cpu, seed, sysctl, packet, address, stored, tcp, budget);
    }

    /** Returns the same environment on another CPU. */
    public Environment on(int otherCpu) {
        return new Environment(
                kernel, task, retval, nanoseconds, otherCpu, seed, sysctl, packet, address, stored, tcp, budget);
    }

    /** Returns the same environment with other random numbers. */
    public Environment drawing(long otherSeed) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, otherSeed, sysctl, packet, address, stored, tcp, budget);
    }

    /** Returns the same environment after a program that has set this value. */
    public Environment after(int otherRetval) {
        return new Environment(
                kernel, task, otherRetval, nanoseconds, cpu, seed, sysctl, packet, address, stored, tcp, budget);
    }

    /** Returns the same environment with another sysctl. */
    public Environment touching(Sysctl other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, Optional.of(other), packet, address, stored, tcp, budget);
    }

    /** Returns the same environment with another packet. */
    public Environment carrying(Bytes other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, other, address, stored, tcp, budget);
    }

    /** Returns the same environment with a sockaddr of the caller, including sun_family. */
    public Environment naming(Bytes other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, packet, Optional.of(other), stored, tcp, budget);
    }

    /**
     * Returns the same environment with a socket that has this storage, whatever the program's
     * storages contain.
     */
    public Environment with(Stored other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, packet, address, Optional.of(other), tcp, budget);
    }

    /** Returns the same environment with a socket whose struct in the kernel has these fields. */
    public Environment with(TcpSocket other) {
        return new Environment(
                kernel, task, retval, nanoseconds, cpu, seed, sysctl, packet, address, stored, other, budget);
    }
}
