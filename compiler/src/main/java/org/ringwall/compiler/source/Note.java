package org.ringwall.compiler.source;

import java.util.Optional;

/** A further fact beside a diagnostic, with the place that it speaks of if there is one. */
public record Note(String message, Optional<Span> at) {
    /** A note without a place. */
    public static Note of(String message) {
        return new Note(message, Optional.empty());
    }

    /** A note about a place. */
    public static Note at(Span at, String message) {
        return new Note(message, Optional.of(at));
    }
}
