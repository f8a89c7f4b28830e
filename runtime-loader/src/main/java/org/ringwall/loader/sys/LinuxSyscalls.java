// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import java.util.function.Supplier;

/**
 * {@link Syscalls} through the C library's {@code syscall}, the only native function that is
 * called. jffi calls it without a class generated at run time, which would take longer than all
 * other steps of a short command.
 */
final class LinuxSyscalls implements Syscalls {
    static final Supplier<Syscalls> INSTANCE = LinuxSyscalls::instance;

    /** The number of a system call and its arguments. */
    private static final int PARAMETERS = 7;

    private final long function = NativeStub.function("syscall");
    private final CallContext signature = NativeStub.signature(PARAMETERS);
    private final Invoker invoker = NativeStub.invoker();
    private final LastError errno = NativeStub.lastError();
    private final int[] numbers;

    private LinuxSyscalls(Machine machine) {
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
        HeapInvocationBuffer arguments = new HeapInvocationBuffer(signature);
        arguments.putLong(numbers[call.ordinal()]);
        arguments.putLong(a);
        arguments.putLong(b);
        arguments.putLong(c);
        arguments.putLong(d);
        arguments.putLong(e);
        arguments.putLong(f);
        long result = invoker.invokeLong(signature, function, arguments);
        return result == -1 ? -errno.get() : result;
    }

    private static final class Holder {
        private static final Syscalls SYSCALLS = new LinuxSyscalls(Machine.current());
    }
}
