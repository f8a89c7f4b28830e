// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown if the words of a request are not those of a test line, or do not fit the policy. */
public final class InvalidRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<Diagnostic> diagnostics;

    InvalidRequestException(List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::message).collect(Collectors.joining("; ")));
        this.diagnostics = List.copyOf(diagnostics);
    }

    /**
     * Returns what is wrong with the requests. The columns of ranges count from the beginning of a
     * request; their lines have no meaning.
     */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
