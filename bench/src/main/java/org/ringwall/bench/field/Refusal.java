package org.ringwall.bench.field;

/** A contestant cannot take part with these rules; that is a result too. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final String stage;

    /** `stage` is a few words for a cell, as `no compile`; `why` a line for people. */
    public Refusal(String stage, String why) {
        super(why.lines().findFirst().orElse("").strip());
        this.stage = stage;
    }

    /** How far it came. */
    public String stage() {
        return stage;
    }

    /** Why it came no farther, in one line. */
    public String why() {
        return String.valueOf(getMessage());
    }
}
