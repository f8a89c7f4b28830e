// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/**
 * The report of host names. Names are never resolved, so that a policy means the same everywhere.
 */
final class HostNames {
    private HostNames() {}

    static Diagnostic refused(Span at, String name) {
        return Diagnostic.of(Code.HOST_NAME, at, "`%s` is not an address".formatted(name))
                .label("a host name?")
                .help(
                        name.equals("localhost")
                                ? "write `127.0.0.1` or `::1`"
                                : "write the addresses, or a `set` of them; names are not resolved");
    }
}
