package org.ringwall.compiler.cli;

/** A file or an argument that cannot be used: one sentence, and what to do instead. */
final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String help;

    InputException(String message, String help) {
        super(message);
        this.help = help;
    }

    String text() {
        return "error: " + getMessage() + "\n  = help: " + help;
    }
}
