// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Optional;

/** A further fact about a diagnostic, with its place if there is one. */
public record Note(String message, Optional<Span> at) {
    /** Returns a note without a place. */
    public static Note of(String message) {
        return new Note(message, Optional.empty());
    }

    /** Returns a note about a place. */
    public static Note at(Span at, String message) {
        return new Note(message, Optional.of(at));
    }
}
