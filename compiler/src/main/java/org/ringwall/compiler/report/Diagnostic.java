// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An error or a warning about a policy. docs/diagnostics.md explains each code with an example.
 *
 * @param severity whether it is an error
 * @param code the code, such as {@code E0402}, which keeps its meaning in later versions
 * @param message one sentence in lower case without a full stop; it may change in any version
 * @param range the place that the message refers to
 * @param label what is wrong with the text of the range
 * @param help what to write instead
 * @param notes further facts
 * @param text the lines that {@code ringwallc} prints for it, with an excerpt of the policy
 */
public record Diagnostic(
        Severity severity,
        String code,
        String message,
        Range range,
        Optional<String> label,
        Optional<String> help,
        List<Note> notes,
        String text) {
    /** Creates a diagnostic. */
    public Diagnostic {
        notes = List.copyOf(notes);
    }

    /** The severity of a diagnostic. */
    public enum Severity {
        /** The policy is not compiled. */
        ERROR,
        /** The policy is compiled, but probably does not mean what its author intends. */
        WARNING;

        /** Returns the severity as diagnostics begin with it, such as {@code warning}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A part of a file.
     *
     * @param file the name of the file, as the compiler was given it or relative to that
     * @param start the first character
     * @param end the character after the last; equal to the start if the range is empty
     */
    public record Range(String file, Position start, Position end) {}

    /**
     * A position in a file.
     *
     * @param line the line, from 1
     * @param column the column in code points, from 1; a tab is one
     */
    public record Position(int line, int column) {}

    /**
     * A further fact about a diagnostic.
     *
     * @param message one sentence
     * @param range the place that it refers to, if there is one
     */
    public record Note(String message, Optional<Range> range) {}
}
