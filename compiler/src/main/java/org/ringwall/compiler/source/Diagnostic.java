// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.compiler.report.Diagnostic.Severity;

/**
 * A diagnostic about a policy. The message is a sentence in lower case without a full stop that
 * quotes the user's words in backticks. `label` is the text under the carets, and `help` says what
 * to write instead.
 */
public record Diagnostic(
        Code code, String message, Span at, Optional<String> label, Optional<String> help, List<Note> notes) {
    public Diagnostic {
        if (message.isBlank() || message.endsWith(".")) {
            throw new IllegalArgumentException("a message is a sentence without a full stop: " + message);
        }
        notes = List.copyOf(notes);
    }

    /**
     * Returns a diagnostic without label and help; add them with {@link #label(String)} and
     * {@link #help(String)}.
     */
    public static Diagnostic of(Code code, Span at, String message) {
        return new Diagnostic(code, message, at, Optional.empty(), Optional.empty(), List.of());
    }

    /** Returns the severity of the code. */
    public Severity severity() {
        return code.severity();
    }

    /** Returns this diagnostic with text under the carets. */
    public Diagnostic label(String words) {
        return new Diagnostic(code, message, at, Optional.of(words), help, notes);
    }

    /** Returns this diagnostic with a suggestion what to write instead. */
    public Diagnostic help(String words) {
        return new Diagnostic(code, message, at, label, Optional.of(words), notes);
    }

    /** Returns this diagnostic with a suggestion what to write instead, if there is one. */
    public Diagnostic help(Optional<String> words) {
        return new Diagnostic(code, message, at, label, words, notes);
    }

    /** Returns this diagnostic with one more note. */
    public Diagnostic note(Note note) {
        return new Diagnostic(
                code,
                message,
                at,
                label,
                help,
                Stream.concat(notes.stream(), Stream.of(note)).toList());
    }

    /** Returns this diagnostic with one more note about a place. */
    public Diagnostic note(Span place, String words) {
        return note(Note.at(place, words));
    }
}
