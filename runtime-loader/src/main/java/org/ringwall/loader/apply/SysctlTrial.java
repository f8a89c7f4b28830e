package org.ringwall.loader.apply;

/** Finds out whether this kernel writes to a sysctl what a program gives it, or forgets that and writes what the caller gave. */
@FunctionalInterface
interface SysctlTrial {
    /** What came of it. */
    enum Outcome {
        KEPT,
        FORGOTTEN,
        /** It could not be tried here. */
        UNKNOWN
    }

    /** Tries it, and leaves nothing behind. */
    Outcome run();
}
