// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.LoaderException;

/** Thrown when the results of a command could not be written to its output. */
public final class UnwrittenException extends LoaderException {
    private static final long serialVersionUID = 1L;

    public UnwrittenException(String help) {
        super(Failure.Kind.REFUSED, "the output could not be written", help);
    }
}
