// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import org.ringwall.bpf.kernel.Errno;

/** An error number of a system call, 1..4095. {@link Errno} names most of them. */
public record ErrorNumber(int number) {
    public ErrorNumber {
        if (number < 1 || number > Errno.MAX) {
            throw new IllegalArgumentException(number + " is not an error number");
        }
    }

    public static ErrorNumber of(Errno errno) {
        return new ErrorNumber(errno.number());
    }

    /** Returns whether the raw result of a system call is an error. */
    static boolean isError(long result) {
        return result < 0 && result >= -Errno.MAX;
    }

    public boolean is(Errno errno) {
        return number == errno.number();
    }

    /** Returns the name, or {@code errno N} if it has none. */
    public String name() {
        return Errno.of(number).map(Errno::name).orElse("errno " + number);
    }

    @Override
    public String toString() {
        return name();
    }
}
