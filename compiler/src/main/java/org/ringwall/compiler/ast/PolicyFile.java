// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import org.ringwall.compiler.source.Span;

/**
 * A whole policy: its name and its items in source order.
 *
 * @param monitored whether `monitor` precedes it, so that all of its blocks are monitored
 */
public record PolicyFile(boolean monitored, Name name, List<Item> items, Span span) implements Node {
    public PolicyFile {
        items = List.copyOf(items);
    }
}
