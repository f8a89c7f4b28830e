// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The settings of a compilation.
 *
 * @param targets the kernels on which the object must load; if empty, 5.10 or what the policy
 *     requires
 * @param order the byte order of the machines that run it
 * @param params other defaults for params, as text
 */
public record Settings(List<KernelVersion> targets, ByteOrder order, Map<String, String> params) {
    /** The default settings: no target, little endian, the policy's own defaults. */
    public static final Settings DEFAULT = new Settings(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of());

    public Settings {
        targets = List.copyOf(targets);
        params = java.util.Collections.unmodifiableMap(new TreeMap<>(params));
    }
}
