// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import org.ringwall.bpf.kernel.Errno;

/**
 * The entry into the kernel, as an interface that tests can replace: every system call of the
 * loader uses this one method.
 */
@FunctionalInterface
public interface Syscalls {
    /**
     * Makes the call once. Returns the kernel's raw result: -4095..-1 is a negated error number,
     * all else is the result.
     */
    long once(Call call, long a, long b, long c, long d, long e, long f);

    /**
     * Makes the call like {@link #once}, again as long as a signal interrupts it. {@code close} is
     * not repeated, because it has released the descriptor by then.
     */
    default long call(Call call, long a, long b, long c, long d, long e, long f) {
        long result = once(call, a, b, c, d, e, f);
        while (result == -Errno.EINTR.number() && call != Call.CLOSE) {
            result = once(call, a, b, c, d, e, f);
        }
        return result;
    }

    /** Returns the kernel of this machine. */
    static Syscalls ofThisMachine() {
        return LinuxSyscalls.INSTANCE.get();
    }

    /**
     * Makes the call like {@link #call}.
     *
     * @throws SyscallException if the result is an error
     */
    default long require(Call call, long a, long b, long c, long d, long e, long f) {
        long result = call(call, a, b, c, d, e, f);
        if (ErrorNumber.isError(result)) {
            throw new SyscallException(call, new ErrorNumber((int) -result));
        }
        return result;
    }

    /** Makes the call like {@link #require} with three arguments. */
    default long require(Call call, long a, long b, long c) {
        return require(call, a, b, c, 0, 0, 0);
    }
}
