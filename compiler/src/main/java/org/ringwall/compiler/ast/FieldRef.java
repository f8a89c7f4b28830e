// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * The dotted name of a field that a guard tests or an effect assigns: `remote.port`, `uid`. Whether
 * it exists has not been checked. The index distinguishes fields of the same name, as in
 * `ancestor(2)`; it is an unchecked integer.
 */
public record FieldRef(String name, Optional<Value.Literal> index, Span span) implements Node {
    /** Returns the field as written. */
    public String text() {
        return name + index.map(number -> "(" + number.text() + ")").orElse("");
    }
}
