package org.ringwall.compiler.emit;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.verifier.Demand;
import org.ringwall.bpf.verifier.Violation;

/**
 * Code that the kernel would refuse: too large, or else an error of the compiler, or of a check that should have come before.
 */
public final class RefusedCodeException extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final Set<Demand> SIZES = EnumSet.of(Demand.SIZE, Demand.JUMP_REACH);

    private final String section;
    private final boolean tooLarge;

    RefusedCodeException(String section, List<Violation> violations) {
        super("code for `" + section + "` that the kernel refuses: " + violations);
        this.section = section;
        this.tooLarge = violations.stream().map(Violation::demand).allMatch(SIZES::contains);
    }

    /** The hook of the program. */
    public Hook hook() {
        return Hook.ofSection(section).orElseThrow();
    }

    /** Whether nothing is wrong but the size: smaller code for the same policy would be accepted. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
