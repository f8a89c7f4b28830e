// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.List;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/**
 * A check of the features that a policy uses against the oldest kernel on which its object must
 * load.
 */
public final class TargetFloor {
    private final Findings findings;
    private final boolean namedTargets;
    private final List<KernelVersion> targets;

    /**
     * Creates a check; `namedTargets` says whether the targets come from the build and not from the
     * policy's `requires`.
     */
    public TargetFloor(Findings findings, boolean namedTargets, List<KernelVersion> targets) {
        this.findings = findings;
        this.namedTargets = namedTargets;
        this.targets = List.copyOf(targets);
    }

    /**
     * Reports `what`, a phrase for users, if a target is older than `needed`; `instead` may begin
     * the help.
     */
    public void hold(Code code, Span at, String what, KernelVersion needed, String instead) {
        targets.stream()
                .filter(target -> !target.atLeast(needed))
                .min(KernelVersion::compareTo)
                .ifPresent(tooOld -> findings.add(Diagnostic.of(
                                code, at, "%s needs kernel %s, but the target is %s".formatted(what, needed, tooOld))
                        .help(instead + remedy(needed))));
    }

    private String remedy(KernelVersion needed) {
        return namedTargets ? "remove the older targets" : "write `requires kernel %s`".formatted(needed);
    }
}
