// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;

/** An exception for hooks whose diagrams exceed their budget in every order of tests. */
public final class DiagramTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Set<Hook> hooks;

    DiagramTooLargeException(Set<Hook> hooks) {
        super("what is decided at " + hooks + " is too large for one diagram each");
        this.hooks = EnumSet.copyOf(hooks);
    }

    /** Returns the first such hook. */
    public Hook hook() {
        return hooks.iterator().next();
    }

    /** Returns all such hooks. */
    Set<Hook> hooks() {
        return EnumSet.copyOf(hooks);
    }
}
