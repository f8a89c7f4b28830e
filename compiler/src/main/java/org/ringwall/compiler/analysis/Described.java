// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import org.ringwall.compiler.report.Region.Values;

/** The values of a field: in one of the choices, and the same as text, which may be shortened. */
record Described(List<Values> choices, String text) {
    Described {
        choices = List.copyOf(choices);
    }

    Described(Values choice, String text) {
        this(List.of(choice), text);
    }
}
