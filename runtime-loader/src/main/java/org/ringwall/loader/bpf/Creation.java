// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Optional;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The calls that create objects: with a token if there is one, and with locked memory. */
final class Creation implements AutoCloseable {
    private final Syscalls syscalls;
    private final Optional<Supplier<Fd>> source;
    private Optional<Fd> token = Optional.empty();
    private boolean limitLifted;

    /**
     * Creates it.
     *
     * @param source opens the token, at the first use; empty if this process needs none
     */
    Creation(Syscalls syscalls, Optional<Supplier<Fd>> source) {
        this.syscalls = syscalls;
        this.source = source;
    }

    /** Returns whether objects are created by a token. */
    boolean byToken() {
        return source.isPresent();
    }

    /**
     * Makes a call. On EPERM it lifts RLIMIT_MEMLOCK, against which new objects count before 5.11,
     * and tries again.
     */
    long make(int command, NativeBlock attr, IntToLongFunction call) {
        source.ifPresent(open -> {
            token = token.or(() -> Optional.of(open.get()));
            Token.use(token.orElseThrow(), command, attr);
        });
        long result = call.applyAsLong(command);
        if (result == -Errno.EPERM.number() && !limitLifted && !byToken()) {
            limitLifted = true;
            try (Host host = new Host(syscalls)) {
                host.liftLockedMemoryLimit();
            }
            return call.applyAsLong(command);
        }
        return result;
    }

    @Override
    public void close() {
        token.ifPresent(Fd::close);
        token = Optional.empty();
    }
}
