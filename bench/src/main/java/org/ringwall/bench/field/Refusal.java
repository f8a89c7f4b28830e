// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

/** Thrown if a contestant cannot take part with these rules. That is a result too. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final String stage;

    /**
     * Creates a refusal; `stage` is a few words for a cell, such as `no compile`, and `why` one
     * line for people.
     */
    public Refusal(String stage, String why) {
        super(why.lines().findFirst().orElse("").strip());
        this.stage = stage;
    }

    /** Returns the stage that failed. */
    public String stage() {
        return stage;
    }

    /** Returns the reason in one line. */
    public String why() {
        return String.valueOf(getMessage());
    }
}
