// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** A name: letters, digits and `_`, not beginning with a digit. */
public record Name(String text, Span span) implements Node {
    public Name {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a name has at least one letter");
        }
    }
}
