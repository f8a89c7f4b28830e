package org.ringwall.compiler.diagram;

import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;

/** What a policy decides at a hook is more than a diagram can hold, in any order of tests that there is. */
public final class DiagramTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Set<Hook> hooks;

    DiagramTooLargeException(Set<Hook> hooks) {
        super("what is decided at " + hooks + " is too large for one diagram each");
        this.hooks = EnumSet.copyOf(hooks);
    }

    /** Where, at the first such hook. */
    public Hook hook() {
        return hooks.iterator().next();
    }

    /** Everywhere. */
    Set<Hook> hooks() {
        return EnumSet.copyOf(hooks);
    }
}
