// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.verifier.VerifierAssertion;
import org.ringwall.bpf.verifier.Violation;

/**
 * An exception for code that the kernel would refuse. The code is too large, or else there is an
 * error in the compiler or a missing check.
 */
public final class RefusedCodeException extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final Set<VerifierAssertion> SIZES =
            EnumSet.of(VerifierAssertion.SIZE, VerifierAssertion.JUMP_REACH);

    private final String section;
    private final boolean tooLarge;

    RefusedCodeException(String section, List<Violation> violations) {
        super("code for `" + section + "` that the kernel refuses: " + violations);
        this.section = section;
        this.tooLarge = violations.stream().map(Violation::demand).allMatch(SIZES::contains);
    }

    /** Returns the hook of the program. */
    public Hook hook() {
        return Hook.ofSection(section).orElseThrow();
    }

    /**
     * Returns whether the size is the only reason: smaller code for the same policy would be
     * accepted.
     */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
