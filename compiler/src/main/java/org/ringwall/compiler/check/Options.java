package org.ringwall.compiler.check;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;

/** What the build says beside the policy: the kernels that one object must load on, empty where it names none. */
public record Options(List<KernelVersion> targets) {
    /** No target named. */
    public static final Options NONE = new Options(List.of());

    public Options {
        targets = List.copyOf(targets);
    }

    /** The named targets; without any, what the policy requires, and the oldest tested kernel at least. */
    public List<KernelVersion> effective(Optional<KernelVersion> requires) {
        return targets.isEmpty() ? List.of(requires.orElse(KernelVersion.V5_10).max(KernelVersion.V5_10)) : targets;
    }
}
