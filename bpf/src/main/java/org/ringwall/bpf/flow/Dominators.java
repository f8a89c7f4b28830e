// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.Arrays;
import java.util.List;

/**
 * Immediate dominators by the algorithm of Cooper, Harvey and Kennedy, with a virtual root before
 * all entries.
 */
final class Dominators {
    private static final int ROOT = -1;
    private static final int UNKNOWN = -2;

    private final int[] place;
    private final int[] dominators;

    private Dominators(int blocks, List<Integer> order) {
        this.place = new int[blocks];
        this.dominators = new int[blocks];
        Arrays.fill(dominators, UNKNOWN);
        for (int i = 0; i < order.size(); i++) {
            place[order.get(i)] = i;
        }
    }

    /** Returns for each block its dominator, or -1 for entries and unreachable blocks. */
    static int[] immediate(List<ControlFlowGraph.Block> blocks, List<Integer> entries, List<Integer> order) {
        Dominators found = new Dominators(blocks.size(), order);
        entries.forEach(entry -> found.dominators[entry] = ROOT);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int number : order) {
                if (!entries.contains(number)) {
                    int better = found.common(blocks.get(number).predecessors());
                    changed |= better != found.dominators[number];
                    found.dominators[number] = better;
                }
            }
        }
        return Arrays.stream(found.dominators)
                .map(dominator -> Math.max(dominator, ROOT))
                .toArray();
    }

    private int common(List<Integer> predecessors) {
        int common = UNKNOWN;
        for (int predecessor : predecessors) {
            if (dominators[predecessor] != UNKNOWN) {
                common = common == UNKNOWN ? predecessor : meet(common, predecessor);
            }
        }
        return common;
    }

    private int meet(int left, int right) {
        int a = left;
        int b = right;
        while (a != b) {
            if (a == ROOT || b == ROOT) {
                return ROOT;
            }
            if (place[a] > place[b]) {
                a = dominators[a];
            } else {
                b = dominators[b];
            }
        }
        return a;
    }
}
