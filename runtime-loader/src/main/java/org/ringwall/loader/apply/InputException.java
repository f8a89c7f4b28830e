package org.ringwall.loader.apply;

/** What the user gave cannot be applied, and no kernel was asked; the help says what to give instead. */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public InputException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** The words to write, or the thing to do, instead. */
    public String help() {
        return help;
    }
}
