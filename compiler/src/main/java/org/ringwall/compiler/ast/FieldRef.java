package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/**
 * The dotted name of something that a guard looks at or an effect assigns: `remote.port`, `uid`; not yet known to exist.
 * The index tells several of one name apart, as in `ancestor(2)`; it is a loose integer.
 */
public record FieldRef(String name, Optional<Value.Literal> index, Span span) implements Node {
    /** As it is written. */
    public String text() {
        return name + index.map(number -> "(" + number.text() + ")").orElse("");
    }
}
