// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

/**
 * The kernel's result of one probe: `errno` 0 is success; `step` names the last system call that
 * was made.
 */
public record Answer(int errno, String step) {
    static final int EPERM = 1;

    /** Returns whether the call failed with this errno. */
    public boolean refusedWith(int number) {
        return errno == number;
    }

    /** Parses the form of {@link #toString}. */
    static Answer parse(String line) {
        int space = line.indexOf(' ');
        if (space < 0) {
            throw new IllegalStateException("the probe server said `" + line + "`");
        }
        return new Answer(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
    }

    @Override
    public String toString() {
        return errno + " " + step;
    }
}
