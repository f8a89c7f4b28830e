// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.List;
import java.util.OptionalInt;

/**
 * Information about a program: `struct bpf_prog_info`.
 *
 * @param processed instructions that the verifier processed; empty on kernels before 5.16
 * @param runTime of all runs while the kernel's statistics were on, in ns
 * @param runs the number of these runs
 */
public record ProgInfo(
        int type,
        int id,
        String tag,
        String name,
        List<Integer> mapIds,
        OptionalInt processed,
        long runTime,
        long runs) {
    public ProgInfo {
        mapIds = List.copyOf(mapIds);
    }
}
