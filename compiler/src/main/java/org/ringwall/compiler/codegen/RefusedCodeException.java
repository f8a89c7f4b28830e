package org.ringwall.compiler.codegen;

import java.util.List;
import org.ringwall.bpf.kernel.Hook;

/** Code that a kernel would refuse: what it demands should have been looked at before. */
public final class RefusedCodeException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    RefusedCodeException(Hook hook, List<Demands.Broken> broken) {
        super("code for " + hook + " that the kernel refuses: " + broken);
    }
}
