// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Locale;

/** The severity of a diagnostic: an error stops the compilation, a warning does not. */
public enum Severity {
    ERROR,
    WARNING;

    /** Returns the word at the beginning of the message. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
