package org.ringwall.loader.cgroup;

/** A cgroup cannot be what was asked of it; the help says what to do instead. */
public final class CgroupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public CgroupException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** The words to write, or the thing to do, instead. */
    public String help() {
        return help;
    }
}
