package org.ringwall.compiler.emit;

import java.util.List;
import org.ringwall.bpf.verifier.Violation;

/** Code that the kernel would refuse: an error of the compiler, or of a check that should have come before. */
public final class RefusedCodeException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    RefusedCodeException(String section, List<Violation> violations) {
        super("code for `" + section + "` that the kernel refuses: " + violations);
    }
}
