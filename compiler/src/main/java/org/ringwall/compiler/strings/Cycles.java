// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * The nodes of a graph that are on cycles (Tarjan's strongly connected components, without
 * recursion).
 */
final class Cycles {
    private final int[][] edges;
    private final BitSet found = new BitSet();
    private final int[] number;
    private final int[] low;
    private final BitSet open = new BitSet();
    private final Deque<Integer> component = new ArrayDeque<>();
    private final Deque<int[]> way = new ArrayDeque<>();
    private int last;

    private Cycles(int[][] edges) {
        this.edges = edges;
        this.number = new int[edges.length];
        this.low = new int[edges.length];
    }

    /** Returns the nodes on cycles of a graph in which `edges[n]` are the successors of node n. */
    static BitSet of(int[][] edges) {
        Cycles cycles = new Cycles(edges);
        for (int node = 0; node < edges.length; node++) {
            if (cycles.number[node] == 0) {
                cycles.search(node);
            }
        }
        return cycles.found;
    }

    private void enter(int node) {
        number[node] = ++last;
        low[node] = last;
        open.set(node);
        component.push(node);
        way.push(new int[] {node, 0});
    }

    private void search(int start) {
        enter(start);
        while (!way.isEmpty()) {
            int[] step = way.element();
            int node = step[0];
            if (step[1] < edges[node].length) {
                int to = edges[node][step[1]++];
                if (number[to] == 0) {
                    enter(to);
                } else if (open.get(to)) {
                    low[node] = Math.min(low[node], number[to]);
                    if (to == node) {
                        found.set(node);
                    }
                }
            } else {
                way.pop();
                if (!way.isEmpty()) {
                    int before = way.element()[0];
                    low[before] = Math.min(low[before], low[node]);
                }
                close(node);
            }
        }
    }

    /** If no open node below is reachable, the nodes above it on the stack are its component. */
    private void close(int node) {
        if (low[node] != number[node]) {
            return;
        }
        boolean alone = component.element() == node;
        int member;
        do {
            member = component.pop();
            open.clear(member);
            if (!alone) {
                found.set(member);
            }
        } while (member != node);
    }
}
