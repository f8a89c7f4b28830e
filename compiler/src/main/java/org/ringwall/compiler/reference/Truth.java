// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.Locale;

/**
 * The values of Kleene's three-valued logic (docs/semantics.md section 6). UNKNOWN results from
 * fields whose value is unknown.
 */
public enum Truth {
    FALSE,
    UNKNOWN,
    TRUE;

    static Truth of(boolean value) {
        return value ? TRUE : FALSE;
    }

    Truth and(Truth other) {
        return compareTo(other) <= 0 ? this : other;
    }

    Truth or(Truth other) {
        return compareTo(other) >= 0 ? this : other;
    }

    Truth negated() {
        return switch (this) {
            case FALSE -> TRUE;
            case UNKNOWN -> UNKNOWN;
            case TRUE -> FALSE;
        };
    }

    /** Returns `true`, `false` or `unknown`. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
