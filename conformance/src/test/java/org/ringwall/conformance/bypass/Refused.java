// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

/** A system call that the kernel refused. */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;
    private final String step;

    Refused(int errno, String step) {
        super(step + " gave errno " + errno);
        this.errno = errno;
        this.step = step;
    }

    int errno() {
        return errno;
    }

    String step() {
        return step;
    }
}
