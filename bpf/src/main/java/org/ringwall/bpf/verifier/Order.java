// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;

/**
 * A reverse postorder of a program's blocks. Of two successors the more distant one is visited
 * first, so that the code after a loop follows the whole loop: emitted loops jump back at their end
 * and leave forward.
 */
final class Order {
    private Order() {}

    static List<Integer> of(ControlFlowGraph graph) {
        return graph.reversePostorder(Order::farthestFirst);
    }

    private static List<Integer> farthestFirst(Block block) {
        List<Integer> successors = new ArrayList<>(block.successors());
        Collections.reverse(successors);
        return successors;
    }
}
