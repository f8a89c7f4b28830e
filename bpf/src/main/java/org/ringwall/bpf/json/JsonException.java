// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.json;

/** A report that a text is not JSON, or exceeds a limit of its reader. */
public final class JsonException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is wrong with a text. */
    public enum Reason {
        /** It is not one JSON value, or an object has two members of the same name. */
        SYNTAX,
        /** It has more characters than the reader accepts. */
        TEXT_LENGTH,
        /** A string, a name or a number has more characters than the reader accepts. */
        SCALAR_LENGTH,
        /** Objects and lists are nested deeper than the reader accepts. */
        DEPTH,
        /** It has more values than the reader accepts. */
        VALUES,
        /** It has a value that the reader does not accept, such as a number that is too long. */
        VALUE
    }

    private final Reason reason;
    private final long character;

    /**
     * Creates a report.
     *
     * @param what a predicate of the text, such as `is not JSON`
     * @param character the position in UTF-16 code units, from 1
     */
    JsonException(Reason reason, String what, long character) {
        super(what + ", at character " + character);
        this.reason = reason;
        this.character = character;
    }

    public Reason reason() {
        return reason;
    }

    /** Returns the position in UTF-16 code units, from 1. */
    public long character() {
        return character;
    }
}
