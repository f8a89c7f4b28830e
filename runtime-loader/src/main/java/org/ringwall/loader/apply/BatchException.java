// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

/** Thrown when one of several policies cannot be applied. Its message names the object. */
public final class BatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    BatchException(Failure failure, RuntimeException cause) {
        super(failure.message(), cause);
        this.failure = failure;
    }

    /** Returns what it says to a user. */
    Failure failure() {
        return failure;
    }
}
