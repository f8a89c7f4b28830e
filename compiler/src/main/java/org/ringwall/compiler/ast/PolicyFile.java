package org.ringwall.compiler.ast;

import java.util.List;
import org.ringwall.compiler.source.Span;

/** A whole policy: its name, then what it declares, in source order. */
public record PolicyFile(Name name, List<Item> items, Span span) implements Node {
    public PolicyFile {
        items = List.copyOf(items);
    }
}
