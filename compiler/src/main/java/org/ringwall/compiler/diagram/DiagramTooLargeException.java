package org.ringwall.compiler.diagram;

import org.ringwall.bpf.kernel.Hook;

/** What a policy decides at a hook is more than a diagram can hold, in any order of tests that there is. */
public final class DiagramTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Hook hook;

    DiagramTooLargeException(Hook hook) {
        super("what is decided at `" + hook.word() + "` is too large for one diagram");
        this.hook = hook;
    }

    /** Where. */
    public Hook hook() {
        return hook;
    }
}
