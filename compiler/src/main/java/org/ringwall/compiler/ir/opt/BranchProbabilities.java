// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Bits;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.PacketFrame;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;

/**
 * A static branch predictor. Blocks that deny, write a record or read the time are rare, and so are
 * blocks reachable only from rare ones, or from which only rare ones are reachable. Apart from
 * that, a field of more than a byte rarely equals a certain number, but a protocol is mostly TCP, a
 * socket mostly a stream socket, an access to a sysctl mostly a read, and the generation mostly the
 * one in the control word.
 */
final class BranchProbabilities {
    private static final double RARE = 0.1;

    private static final double USUAL = 1 - RARE;

    private static final double UNKNOWN = 0.5;

    private static final int TCP = 6;

    /** The most common values of context fields. */
    private static final Map<String, Long> MOSTLY = Map.of("protocol", (long) TCP, "type", 1L, "write", 0L);

    private final Bits bits;
    private final Map<Value, Instruction> makers = new HashMap<>();
    private final Set<BlockId> rare = new HashSet<>();

    BranchProbabilities(Routine routine) {
        this.bits = new Bits(routine);
        List<BasicBlock> blocks = routine.blocks();
        for (int i = blocks.size() - 1; i >= 0; i--) {
            BasicBlock block = blocks.get(i);
            block.instructions().forEach(instruction -> makers.put(instruction.result(), instruction));
            List<BlockId> targets = block.end().targets();
            if (isRare(block) || !targets.isEmpty() && rare.containsAll(targets)) {
                rare.add(block.id());
            }
        }
        Set<BlockId> reached = new HashSet<>(Set.of(blocks.get(0).id()));
        for (BasicBlock block : blocks) {
            if (!reached.contains(block.id())) {
                rare.add(block.id());
            } else if (!rare.contains(block.id())) {
                reached.addAll(block.end().targets());
            }
        }
    }

    private static boolean isRare(BasicBlock block) {
        boolean denies =
                block.end() instanceof Terminator.Return end && !end.verdict().allows();
        return denies
                || block.instructions().stream()
                        .anyMatch(instruction -> instruction instanceof Instruction.CallState call
                                && (call.op() instanceof StateOp.Reserve || call.op() instanceof StateOp.Now));
    }

    /** Whether few requests reach the block. */
    boolean isRare(BlockId block) {
        return rare.contains(block);
    }

    /** Returns the fraction of the requests at the terminator that continue at the target. */
    double part(Terminator end, BlockId target) {
        if (end instanceof Terminator.Branch branch) {
            double yes = yes(branch);
            return target.equals(branch.yes()) ? yes : 1 - yes;
        }
        return 1.0 / end.targets().size();
    }

    private double yes(Terminator.Branch branch) {
        if (comparesGenerations(branch)) {
            return USUAL;
        }
        boolean rareYes = rare.contains(branch.yes());
        if (rareYes != rare.contains(branch.no())) {
            return rareYes ? RARE : USUAL;
        }
        return switch (branch.op()) {
            case EQ -> equal(branch);
            case NE -> 1 - equal(branch);
            case LT, LE, GT, GE -> UNKNOWN;
        };
    }

    private boolean comparesGenerations(Terminator.Branch branch) {
        return branch.op() == Comparison.EQ
                && branch.right() instanceof Terminator.Right.OfValue right
                && makers.get(branch.left()) instanceof Instruction.ReadGlobal
                && makers.get(right.value()) instanceof Instruction.ReadGlobal;
    }

    private double equal(Terminator.Branch branch) {
        if (!(branch.right() instanceof Terminator.Right.OfNumber right)) {
            return UNKNOWN;
        }
        Instruction maker = makers.get(branch.left());
        boolean mostly = maker instanceof Instruction.ReadContext read
                        && MOSTLY.getOrDefault(read.field().name(), -1L) == right.number()
                || maker instanceof Instruction.ReadPacket packet
                        && packet.at() == PacketFrame.PROTOCOL
                        && right.number() == TCP;
        boolean wide = bits.of(branch.left()) > Byte.SIZE;
        return mostly ? USUAL : wide ? RARE : UNKNOWN;
    }
}
