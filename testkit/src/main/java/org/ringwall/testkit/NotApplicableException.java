package org.ringwall.testkit;

import org.opentest4j.TestAbortedException;

/** The running kernel is older than what the test is about: thrown by {@link RunningKernel#needs} alone. */
public final class NotApplicableException extends TestAbortedException {
    private static final long serialVersionUID = 1;

    NotApplicableException(String message) {
        super(message);
    }
}
