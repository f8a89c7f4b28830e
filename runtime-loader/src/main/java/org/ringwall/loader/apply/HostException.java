package org.ringwall.loader.apply;

/** This host is in a state in which the request would open a gap or cannot be met; nothing was changed. */
public final class HostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public HostException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** What to do about it. */
    public String help() {
        return help;
    }
}
