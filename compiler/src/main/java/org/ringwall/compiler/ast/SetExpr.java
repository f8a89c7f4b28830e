// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import org.ringwall.compiler.source.Span;

/**
 * `{ … } except { … } except { … }`: the elements of `base` without those of `removed`. A term
 * without braces (`in private`, `in 1..9`) is represented as a group with that one element.
 */
public record SetExpr(Group base, List<Group> removed, Span span) implements Node {
    public SetExpr {
        removed = List.copyOf(removed);
    }

    /** The elements between two braces; it may be empty. */
    public record Group(List<Element> elements, Span span) implements Node {
        public Group {
            elements = List.copyOf(elements);
        }
    }
}
