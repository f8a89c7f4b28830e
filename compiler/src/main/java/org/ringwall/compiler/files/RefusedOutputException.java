package org.ringwall.compiler.files;

import java.io.IOException;

/** An output that would destroy something: the message is the reason, and a help says what to do instead. */
public final class RefusedOutputException extends IOException {
    private static final long serialVersionUID = 1;

    private final String help;

    RefusedOutputException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** What to write instead. */
    public String help() {
        return help;
    }
}
