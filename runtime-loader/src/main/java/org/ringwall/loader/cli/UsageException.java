package org.ringwall.loader.cli;

/** The words on the command line make no command; the help is the one to type. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    UsageException(String message, String help) {
        super(message);
        this.help = help;
    }

    String help() {
        return help;
    }
}
