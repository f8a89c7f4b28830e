// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.List;
import java.util.OptionalInt;

/**
 * Information about a program: `struct bpf_prog_info`.
 *
 * @param processed instructions that the verifier processed; empty on kernels before 5.16
 */
public record ProgInfo(int type, int id, String tag, String name, List<Integer> mapIds, OptionalInt processed) {
    public ProgInfo {
        mapIds = List.copyOf(mapIds);
    }
}
