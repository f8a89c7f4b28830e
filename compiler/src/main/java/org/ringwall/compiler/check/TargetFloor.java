package org.ringwall.compiler.check;

import java.util.List;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** Holds what a policy uses to the oldest kernel that its object must load on. */
final class TargetFloor {
    private final Findings findings;
    private final boolean namedTargets;
    private final List<KernelVersion> targets;

    /** `namedTargets` says whether the build named them, or the policy's own `requires` did. */
    TargetFloor(Findings findings, boolean namedTargets, List<KernelVersion> targets) {
        this.findings = findings;
        this.namedTargets = namedTargets;
        this.targets = List.copyOf(targets);
    }

    /** Reports `what`, a phrase in the user's words, if a target is older than it needs; `instead` may begin the help. */
    void hold(Code code, Span at, String what, KernelVersion needed, String instead) {
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
