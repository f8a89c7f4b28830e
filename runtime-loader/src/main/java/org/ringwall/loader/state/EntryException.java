package org.ringwall.loader.state;

import java.util.OptionalInt;

/** An entry that is none, may not be there, or finds no room; the help says what to write instead. Nothing was changed. */
public final class EntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    /** Which of those that were given it is, from 0 on, or less where it is none of them. */
    private final int place;

    public EntryException(String message, String help) {
        this(message, help, -1);
    }

    private EntryException(String message, String help, int place) {
        super(message);
        this.help = help;
        this.place = place;
    }

    /** The same, said of one of the entries that were given, counted from 0. */
    EntryException at(int entry) {
        return new EntryException(String.valueOf(getMessage()), help, entry);
    }

    /** Which of the entries that were given it is, counted from 0; empty where it is about all of them, or one that was there. */
    public OptionalInt place() {
        return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
    }

    /** The words to write, or the thing to do, instead. */
    public String help() {
        return help;
    }
}
