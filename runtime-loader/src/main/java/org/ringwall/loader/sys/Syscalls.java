package org.ringwall.loader.sys;

import org.ringwall.bpf.kernel.Errno;

/** The kernel's entry, as a seam: everything the loader asks of the kernel goes through this one method. */
@FunctionalInterface
public interface Syscalls {
    /**
     * Makes the call once. The result is as the kernel hands it over: -4095..-1 is a negated error number, all else is the result.
     */
    long once(Call call, long a, long b, long c, long d, long e, long f);

    /**
     * Like {@link #once}, again for as long as a signal interrupts it. Not so {@code close}, which has let go of the descriptor by
     * then.
     */
    default long call(Call call, long a, long b, long c, long d, long e, long f) {
        long result = once(call, a, b, c, d, e, f);
        while (result == -Errno.EINTR.number() && call != Call.CLOSE) {
            result = once(call, a, b, c, d, e, f);
        }
        return result;
    }

    /** The kernel of this machine. */
    static Syscalls ofThisMachine() {
        return LinuxSyscalls.INSTANCE.get();
    }

    /** Like {@link #call}, where an error is an exception. */
    default long require(Call call, long a, long b, long c, long d, long e, long f) {
        long result = call(call, a, b, c, d, e, f);
        if (ErrorNumber.isError(result)) {
            throw new SyscallException(call, new ErrorNumber((int) -result));
        }
        return result;
    }

    /** Like {@link #require} with three arguments. */
    default long require(Call call, long a, long b, long c) {
        return require(call, a, b, c, 0, 0, 0);
    }
}
