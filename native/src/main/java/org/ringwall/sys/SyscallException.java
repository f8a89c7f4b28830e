// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/** Thrown when a system call fails. Carries the call and the error number. */
public final class SyscallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Call call;
    private final transient ErrorNumber errno;

    public SyscallException(Call call, ErrorNumber errno) {
        super(call.name().toLowerCase(java.util.Locale.ROOT) + " failed with " + errno.name());
        this.call = call;
        this.errno = errno;
    }

    /** Returns the system call that failed. */
    public Call call() {
        return call;
    }

    public ErrorNumber errno() {
        return errno;
    }
}
