// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.value.QuotedText;

/** The text of `because`, one line for people. */
public record Reason(String text) {
    public Reason {
        if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("no reason: `" + text + "`");
        }
    }

    @Override
    public String toString() {
        return "because " + QuotedText.quote(text);
    }
}
