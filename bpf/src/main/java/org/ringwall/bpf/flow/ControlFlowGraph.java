// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Function;
import org.ringwall.bpf.insn.Insn;

/**
 * A control flow graph of basic blocks. The code begins at slot 0. Each subprogram that reachable
 * code calls, or whose address it takes, is an entry of its own; a call is not an edge. Blocks are
 * numbered in slot order.
 */
public final class ControlFlowGraph {
    /**
     * A basic block: indices `first` up to, not including, `end` in {@link ControlFlowGraph#insns}.
     * Successors and predecessors are block numbers; a jump to the next instruction yields one
     * edge, not two equal ones.
     */
    public record Block(
            int number, int first, int end, int slot, List<Integer> successors, List<Integer> predecessors) {
        public Block {
            successors = List.copyOf(successors);
            predecessors = List.copyOf(predecessors);
        }
    }

    private final Code code;
    private final List<Block> blocks;
    private final int[] blockOf;
    private final List<Integer> entries;
    private final List<Integer> order;
    private final int[] dominators;

    private ControlFlowGraph(Code code, List<Block> blocks, int[] blockOf) {
        this.code = code;
        this.blocks = blocks;
        this.blockOf = blockOf;
        TreeSet<Integer> found = new TreeSet<>();
        this.order = reach(found);
        this.entries = List.copyOf(found);
        this.dominators = Dominators.immediate(blocks, entries, order);
    }

    /**
     * Returns the graph.
     *
     * @throws IllegalArgumentException if a jump, a call or the last instruction leaves the code,
     *     or a target is the middle of a wide load
     */
    public static ControlFlowGraph of(List<Insn> insns) {
        return of(new Code(insns));
    }

    static ControlFlowGraph of(Code code) {
        if (code.size() == 0) {
            throw new IllegalArgumentException("no instructions");
        }
        boolean[] leaders = leaders(code);
        int[] blockOf = new int[code.size()];
        List<Integer> firsts = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            if (leaders[i]) {
                firsts.add(i);
            }
            blockOf[i] = firsts.size() - 1;
        }
        return new ControlFlowGraph(code, connect(code, firsts, blockOf), blockOf);
    }

    private static boolean[] leaders(Code code) {
        boolean[] leaders = new boolean[code.size()];
        leaders[0] = true;
        for (int i = 0; i < code.size(); i++) {
            Edges edges = Edges.of(code.insn(i));
            if (edges.jump().isPresent()) {
                leaders[target(code, i, edges.jump().getAsInt())] = true;
            }
            if (edges.callee().isPresent()) {
                leaders[target(code, i, edges.callee().getAsInt())] = true;
            }
            if (edges.endsBlock() && i + 1 < code.size()) {
                leaders[i + 1] = true;
            }
        }
        return leaders;
    }

    private static int target(Code code, int index, int distance) {
        long slot = code.target(index, distance);
        return code.at(slot)
                .orElseThrow(() -> new IllegalArgumentException(
                        "slot %d leads to slot %d, where no instruction begins".formatted(code.slot(index), slot)));
    }

    private static List<Block> connect(Code code, List<Integer> firsts, int[] blockOf) {
        List<TreeSet<Integer>> successors = new ArrayList<>();
        List<TreeSet<Integer>> predecessors = new ArrayList<>();
        firsts.forEach(first -> {
            successors.add(new TreeSet<>());
            predecessors.add(new TreeSet<>());
        });
        for (int number = 0; number < firsts.size(); number++) {
            int last = end(code, firsts, number) - 1;
            Edges edges = Edges.of(code.insn(last));
            if (edges.next() && last + 1 == code.size()) {
                throw new IllegalArgumentException("slot " + code.slot(last) + " runs off the end");
            }
            if (edges.next()) {
                successors.get(number).add(number + 1);
            }
            if (edges.jump().isPresent()) {
                successors
                        .get(number)
                        .add(blockOf[target(code, last, edges.jump().getAsInt())]);
            }
            for (int to : successors.get(number)) {
                predecessors.get(to).add(number);
            }
        }
        List<Block> blocks = new ArrayList<>();
        for (int number = 0; number < firsts.size(); number++) {
            int first = firsts.get(number);
            blocks.add(new Block(
                    number,
                    first,
                    end(code, firsts, number),
                    code.slot(first),
                    List.copyOf(successors.get(number)),
                    List.copyOf(predecessors.get(number))));
        }
        return List.copyOf(blocks);
    }

    private static int end(Code code, List<Integer> firsts, int number) {
        return number + 1 < firsts.size() ? firsts.get(number + 1) : code.size();
    }

    /**
     * Returns the reverse postorder from block 0 and from every subprogram found on the way, which
     * are added to `found`.
     */
    private List<Integer> reach(TreeSet<Integer> found) {
        boolean[] seen = new boolean[blocks.size()];
        List<List<Integer>> walks = new ArrayList<>();
        Deque<Integer> waiting = new ArrayDeque<>(List.of(0));
        while (!waiting.isEmpty()) {
            int entry = waiting.remove();
            found.add(entry);
            if (!seen[entry]) {
                List<Integer> walk = postorder(entry, seen, Block::successors);
                walk.forEach(number -> waiting.addAll(callees(blocks.get(number))));
                waiting.removeAll(found);
                Collections.reverse(walk);
                walks.add(walk);
            }
        }
        return walks.stream().flatMap(List::stream).toList();
    }

    private List<Integer> callees(Block block) {
        List<Integer> callees = new ArrayList<>();
        for (int i = block.first(); i < block.end(); i++) {
            int index = i;
            Edges.of(code.insn(i)).callee().ifPresent(off -> callees.add(blockOf[target(code, index, off)]));
        }
        return callees;
    }

    /** Returns the postorder. Not recursive, because code may be a chain of a million blocks. */
    private List<Integer> postorder(int entry, boolean[] seen, Function<Block, List<Integer>> successors) {
        List<Integer> done = new ArrayList<>();
        Deque<Iterator<Integer>> path = new ArrayDeque<>();
        Deque<Integer> nodes = new ArrayDeque<>();
        seen[entry] = true;
        path.push(successors.apply(blocks.get(entry)).iterator());
        nodes.push(entry);
        while (!path.isEmpty()) {
            if (!path.element().hasNext()) {
                path.pop();
                done.add(nodes.pop());
                continue;
            }
            int next = path.element().next();
            if (!seen[next]) {
                seen[next] = true;
                path.push(successors.apply(blocks.get(next)).iterator());
                nodes.push(next);
            }
        }
        return done;
    }

    /** Returns the instructions to which the indices of blocks refer. */
    public List<Insn> insns() {
        return code.insns();
    }

    /** Returns the first slot of the instruction at this index. */
    public int slot(int index) {
        return code.slot(index);
    }

    /** Returns the index of the instruction that begins at this slot. */
    public int index(int slot) {
        return code.at(slot).orElseThrow(() -> new IllegalArgumentException("no instruction begins at slot " + slot));
    }

    /** Returns the blocks in slot order. */
    public List<Block> blocks() {
        return blocks;
    }

    /** Returns the block that contains the instruction at this slot. */
    public Block blockAt(int slot) {
        return blocks.get(blockOf[index(slot)]);
    }

    /**
     * Returns the entry blocks of the program and of the subprograms that it uses, in slot order;
     * the first is 0.
     */
    public List<Integer> entries() {
        return entries;
    }

    /**
     * Returns the reachable blocks, each before its successors, except across back edges of loops.
     */
    public List<Integer> reversePostorder() {
        return order;
    }

    /**
     * Returns the blocks reachable from the first one in reverse postorder, visiting the successors
     * of a block in the given order.
     */
    public List<Integer> reversePostorder(Function<Block, List<Integer>> successors) {
        List<Integer> walk = postorder(0, new boolean[blocks.size()], successors);
        Collections.reverse(walk);
        return walk;
    }

    /** Returns the blocks that are not reachable from any entry. */
    public List<Block> unreachable() {
        boolean[] reached = new boolean[blocks.size()];
        order.forEach(number -> reached[number] = true);
        return blocks.stream().filter(block -> !reached[block.number()]).toList();
    }

    /** Returns the immediate dominator; empty for entries and unreachable blocks. */
    public OptionalInt immediateDominator(int block) {
        int dominator = dominators[block];
        return dominator < 0 ? OptionalInt.empty() : OptionalInt.of(dominator);
    }

    /**
     * Returns whether every path from an entry to `block` passes `dominator`; every block dominates
     * itself.
     */
    public boolean dominates(int dominator, int block) {
        for (int at = block; at >= 0; at = dominators[at]) {
            if (at == dominator) {
                return true;
            }
        }
        return false;
    }
}
