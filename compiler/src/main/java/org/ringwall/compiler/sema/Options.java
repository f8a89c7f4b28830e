// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The settings of a build besides the policy.
 *
 * @param targets the kernels on which the object must load; empty if none is named
 * @param order the byte order of the machine whose system calls the tests describe
 */
public record Options(List<KernelVersion> targets, ByteOrder order) {
    /** No targets, and a little-endian machine. */
    public static final Options NONE = new Options(List.of(), ByteOrder.LITTLE_ENDIAN);

    public Options {
        targets = List.copyOf(targets);
    }

    /**
     * Returns the named targets; if there are none, the version that the policy requires, but at
     * least the oldest tested kernel.
     */
    public List<KernelVersion> effective(Optional<KernelVersion> requires) {
        return targets.isEmpty() ? List.of(requires.orElse(KernelVersion.V5_10).max(KernelVersion.V5_10)) : targets;
    }
}
