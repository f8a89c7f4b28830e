// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.OptionalInt;

/**
 * Thrown when an entry of a live set or a table is malformed, not allowed, or finds no room. The
 * help says what to write instead. Nothing was changed.
 */
public final class EntryException extends LoaderException {
    private static final long serialVersionUID = 1L;

    /** Index of the wrong entry among those given, from 0; negative if it is none of them. */
    private final int place;

    public EntryException(String message, String help) {
        this(message, help, -1);
    }

    private EntryException(String message, String help, int place) {
        super(Failure.Kind.INPUT, message, help);
        this.place = place;
    }

    /** Returns the same exception for one of the given entries, counted from 0. */
    public EntryException at(int entry) {
        return new EntryException(String.valueOf(getMessage()), help(), entry);
    }

    /**
     * Returns the index of the wrong entry among those given, from 0; empty if the exception
     * concerns all of them, or an entry that was there before.
     */
    public OptionalInt place() {
        return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
    }
}
