package org.ringwall.loader.apply;

/** The process was killed: nothing that it calls afterwards has an effect. */
final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
        super("killed");
    }
}
