package org.ringwall.compiler.source;

import java.util.Locale;

/** How much a diagnostic weighs: an error stops the compilation, a warning does not. */
public enum Severity {
    ERROR,
    WARNING;

    /** The word that begins the message. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
