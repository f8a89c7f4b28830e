// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Thrown when an entry is malformed, not allowed, or finds no room. The help says what to write
 * instead. Nothing was changed.
 */
public final class EntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    /** Index of the wrong entry among those given, from 0; negative if it is none of them. */
    private final int place;

    public EntryException(String message, String help) {
        this(message, help, -1);
    }

    private EntryException(String message, String help, int place) {
        super(message);
        this.help = help;
        this.place = place;
    }

    /** Returns the same exception for one of the given entries, counted from 0. */
    EntryException at(int entry) {
        return new EntryException(String.valueOf(getMessage()), help, entry);
    }

    /** Parses each of the given entries; an exception carries the index of its entry. */
    static <T, R> List<R> each(Collection<T> given, Function<T, R> read) {
        List<R> all = new ArrayList<>();
        for (T entry : given) {
            try {
                all.add(read.apply(entry));
            } catch (EntryException e) {
                throw e.at(all.size());
            }
        }
        return all;
    }

    /**
     * Returns the index of the wrong entry among those given, from 0; empty if the exception
     * concerns all of them, or an entry that was there before.
     */
    public OptionalInt place() {
        return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
    }

    /** Returns what to write or do instead. */
    public String help() {
        return help;
    }
}
