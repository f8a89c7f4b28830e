// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import org.opentest4j.TestAbortedException;

/**
 * Thrown when the running kernel does not have, or no longer has, the feature under test. Only
 * {@link RunningKernel} creates it.
 */
public final class NotApplicableException extends TestAbortedException {
    private static final long serialVersionUID = 1;

    NotApplicableException(String message) {
        super(message);
    }
}
