// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/** An open file descriptor that its holder closes. Executed programs never inherit it. */
public final class Fd implements AutoCloseable {
    private final int number;
    private final Runnable closer;
    private boolean open = true;

    private Fd(int number, Runnable closer) {
        this.number = number;
        this.closer = closer;
    }

    /** Returns a descriptor that is closed through {@code syscalls}. */
    public static Fd of(Syscalls syscalls, int number) {
        return of(number, () -> syscalls.call(Call.CLOSE, number, 0, 0, 0, 0, 0));
    }

    /** Returns a descriptor that {@code closer} closes. */
    public static Fd of(int number, Runnable closer) {
        if (number < 0) {
            throw new IllegalArgumentException("no file descriptor " + number);
        }
        return new Fd(number, closer);
    }

    /** Returns the number; the descriptor must be open. */
    public synchronized int number() {
        if (!open) {
            throw new IllegalStateException("file descriptor " + number + " was closed");
        }
        return number;
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            closer.run();
        }
    }

    @Override
    public String toString() {
        return "fd " + number;
    }
}
