package org.ringwall.bpf.verifier;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.ringwall.bpf.flow.ControlFlowGraph;
import org.ringwall.bpf.flow.ControlFlowGraph.Block;

/**
 * A reverse postorder of a program's blocks. Of two successors the one that is farther away in the code is walked first, so that what is after a loop
 * comes after all of the loop: emitted loops jump back at their end and leave forward.
 */
final class Order {
    private Order() {}

    static List<Integer> of(ControlFlowGraph graph) {
        boolean[] seen = new boolean[graph.blocks().size()];
        List<Integer> done = new ArrayList<>();
        Deque<Iterator<Integer>> path = new ArrayDeque<>();
        Deque<Integer> nodes = new ArrayDeque<>();
        seen[0] = true;
        path.push(successors(graph.blocks().get(0)));
        nodes.push(0);
        while (!path.isEmpty()) {
            if (!path.element().hasNext()) {
                path.pop();
                done.add(nodes.pop());
                continue;
            }
            int next = path.element().next();
            if (!seen[next]) {
                seen[next] = true;
                path.push(successors(graph.blocks().get(next)));
                nodes.push(next);
            }
        }
        Collections.reverse(done);
        return done;
    }

    private static Iterator<Integer> successors(Block block) {
        List<Integer> successors = new ArrayList<>(block.successors());
        Collections.reverse(successors);
        return successors.iterator();
    }
}
