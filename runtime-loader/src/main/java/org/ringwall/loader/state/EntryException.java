package org.ringwall.loader.state;

/** An entry that is none, may not be there, or finds no room; the help says what to write instead. Nothing was changed. */
public final class EntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public EntryException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** The words to write, or the thing to do, instead. */
    public String help() {
        return help;
    }
}
