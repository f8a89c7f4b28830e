package org.ringwall.compiler.ast;

import java.util.List;
import org.ringwall.compiler.source.Span;

/**
 * A whole policy: its name, then what it declares, in source order.
 *
 * @param monitored whether `monitor` stands before it, so that each of its blocks is
 */
public record PolicyFile(boolean monitored, Name name, List<Item> items, Span span) implements Node {
    public PolicyFile {
        items = List.copyOf(items);
    }
}
