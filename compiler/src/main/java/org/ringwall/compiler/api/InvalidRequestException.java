// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.report.Diagnostic;

/** Thrown if the words of a request are not those of a test line, or do not fit the policy. */
public final class InvalidRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<Diagnostic> diagnostics;

    InvalidRequestException(List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::message).collect(Collectors.joining("; ")));
        this.diagnostics = List.copyOf(diagnostics);
    }

    /**
     * Returns what is wrong with the requests. A range in a request has the file name {@code probe}
     * and line 1; its columns count from the beginning of the request.
     */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
