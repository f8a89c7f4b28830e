package org.ringwall.testkit;

import org.opentest4j.TestAbortedException;

/** The running kernel lacks what the test is about, yet or by now: thrown by {@link RunningKernel} alone. */
public final class NotApplicableException extends TestAbortedException {
    private static final long serialVersionUID = 1;

    NotApplicableException(String message) {
        super(message);
    }
}
