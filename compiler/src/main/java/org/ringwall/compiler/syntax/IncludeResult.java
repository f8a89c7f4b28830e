// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.source.Diagnostic;

/**
 * The declarations of an included file, possibly none; or diagnostics in source order, and no
 * declarations.
 */
public record IncludeResult(List<Item> items, List<Diagnostic> diagnostics) {
    public IncludeResult {
        items = List.copyOf(items);
        diagnostics = List.copyOf(diagnostics);
        if (!items.isEmpty() && !diagnostics.isEmpty()) {
            throw new IllegalArgumentException("a text gives either declarations or diagnostics");
        }
    }
}
