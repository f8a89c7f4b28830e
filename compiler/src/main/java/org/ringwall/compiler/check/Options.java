package org.ringwall.compiler.check;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * What the build says beside the policy.
 *
 * @param targets the kernels that one object must load on, empty where it names none
 * @param order byte order of the machines whose calls the tests make
 */
public record Options(List<KernelVersion> targets, ByteOrder order) {
    /** No target named, and calls of a little-endian machine. */
    public static final Options NONE = new Options(List.of(), ByteOrder.LITTLE_ENDIAN);

    public Options {
        targets = List.copyOf(targets);
    }

    /** The named targets; without any, what the policy requires, and the oldest tested kernel at least. */
    public List<KernelVersion> effective(Optional<KernelVersion> requires) {
        return targets.isEmpty() ? List.of(requires.orElse(KernelVersion.V5_10).max(KernelVersion.V5_10)) : targets;
    }
}
