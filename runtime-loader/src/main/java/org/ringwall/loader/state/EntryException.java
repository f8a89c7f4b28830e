package org.ringwall.loader.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

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

    /** Reads each of the entries that were given; what is wrong with one of them is said of it. */
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

    /** Which of the entries that were given it is, counted from 0; empty where it is about all of them, or one that was there. */
    public OptionalInt place() {
        return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
    }

    /** The words to write, or the thing to do, instead. */
    public String help() {
        return help;
    }
}
