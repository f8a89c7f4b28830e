package org.ringwall.loader.sys;

/** The native library cannot be used as it is on this host; carries what to do about it. */
public final class NativeStubException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public NativeStubException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** What to do about it. */
    public String help() {
        return help;
    }
}
