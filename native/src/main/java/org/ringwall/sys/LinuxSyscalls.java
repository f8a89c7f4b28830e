// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.util.function.Supplier;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.SaveError;

/**
 * {@link Syscalls} through the C library's {@code syscall}, the only bound method: each further one
 * would increase the start time.
 */
final class LinuxSyscalls implements Syscalls {
    static final Supplier<Syscalls> INSTANCE = LinuxSyscalls::instance;

    private final C library;
    private final Runtime runtime;
    private final int[] numbers;

    private LinuxSyscalls(Machine machine) {
        this.library = NativeStub.library(C.class, "libc.so.6");
        this.runtime = Runtime.getRuntime(library);
        this.numbers = new int[Call.values().length];
        for (Call call : Call.values()) {
            numbers[call.ordinal()] = call.number(machine);
        }
    }

    private static Syscalls instance() {
        // Called outside of the class initializer, which would wrap an exception.
        NativeStub.load();
        return Holder.SYSCALLS;
    }

    @Override
    public long once(Call call, long a, long b, long c, long d, long e, long f) {
        long result = library.syscall(numbers[call.ordinal()], a, b, c, d, e, f);
        return result == -1 ? -LastError.getLastError(runtime) : result;
    }

    /**
     * The only bound method of the C library. The foreign function library requires the interface
     * to be public.
     */
    public interface C {
        /** Returns the result, or -1 with errno saved for the thread. */
        @SaveError
        long syscall(long number, long a, long b, long c, long d, long e, long f);
    }

    private static final class Holder {
        private static final Syscalls SYSCALLS = new LinuxSyscalls(Machine.current());
    }
}
