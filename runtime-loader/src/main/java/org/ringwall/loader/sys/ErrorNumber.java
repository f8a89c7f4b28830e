package org.ringwall.loader.sys;

import org.ringwall.bpf.kernel.Errno;

/** What the kernel answered in place of a result: a number of 1..4095, most of which {@link Errno} names. */
public record ErrorNumber(int number) {
    public ErrorNumber {
        if (number < 1 || number > Errno.MAX) {
            throw new IllegalArgumentException(number + " is no error number");
        }
    }

    /** The number of this error. */
    public static ErrorNumber of(Errno errno) {
        return new ErrorNumber(errno.number());
    }

    /** Whether a system call's raw result is an error. */
    static boolean isError(long result) {
        return result < 0 && result >= -Errno.MAX;
    }

    /** Whether it is this error. */
    public boolean is(Errno errno) {
        return number == errno.number();
    }

    /** The name, or {@code errno N} for one without. */
    public String name() {
        return Errno.of(number).map(Errno::name).orElse("errno " + number);
    }

    @Override
    public String toString() {
        return name();
    }
}
