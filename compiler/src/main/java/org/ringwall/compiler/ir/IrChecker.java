// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Verdict;

/**
 * A checker of the invariants that every pass relies on. Jumps go forward to blocks that exist,
 * every block is reachable, each value has one definition that dominates its uses, switches cover
 * their value, and context reads have widths that the verifier accepts. Strings are only read after
 * a call has filled the buffer, packets after they are opened, and stamps after they are loaded. A
 * violation is an {@link IllegalStateException} that names the stage.
 */
public final class IrChecker {
    private final String stage;
    private final Routine routine;
    private final Bits bits;
    private final Map<BlockId, Integer> places = new HashMap<>();
    private final Map<BlockId, Facts> atEntry = new HashMap<>();
    private final BitSet made = new BitSet();

    /**
     * The facts that hold on every path to a point. `values` holds value numbers and must not be
     * modified.
     */
    private record Facts(BitSet values, int stringBytes, boolean packet, boolean stamp, boolean route) {
        Facts meet(Facts other) {
            BitSet both = copy(values);
            both.and(other.values);
            return new Facts(
                    both,
                    stringBytes == other.stringBytes ? stringBytes : 0,
                    packet && other.packet,
                    stamp && other.stamp,
                    route && other.route);
        }

        static BitSet copy(BitSet values) {
            BitSet copy = new BitSet(values.length());
            copy.or(values);
            return copy;
        }
    }

    private IrChecker(String stage, Routine routine, Bits bits) {
        this.stage = stage;
        this.routine = routine;
        this.bits = bits;
    }

    /** Checks the invariants of every stage. */
    public static void check(String stage, Routine routine) {
        new IrChecker(stage, routine, new Bits(routine)).check();
    }

    /**
     * Checks that a routine that has passed {@link #check} contains only what code can be generated
     * for: no switches, and no numbers that do not fit.
     */
    public static Routine checkFinal(Routine routine) {
        IrChecker checker = new IrChecker("final", routine, new Bits(routine));
        routine.blocks().forEach(checker::machine);
        return routine;
    }

    private void check() {
        List<BasicBlock> blocks = routine.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            BlockId id = blocks.get(i).id();
            require(places.put(id, i) == null, () -> id + " is there twice");
        }
        atEntry.put(blocks.get(0).id(), new Facts(new BitSet(), 0, false, false, false));
        blocks.forEach(this::block);
    }

    private void block(BasicBlock block) {
        Facts entry = atEntry.get(block.id());
        if (entry == null) {
            throw broken(block.id() + " is never reached");
        }
        BitSet known = Facts.copy(entry.values());
        int stringBytes = entry.stringBytes();
        boolean packet = entry.packet();
        boolean stamp = entry.stamp();
        boolean route = entry.route();
        for (Instruction instruction : block.instructions()) {
            uses(block, instruction.operands(), known);
            stringBytes = instruction.op() instanceof StringOp.CallString call ? call.size() : stringBytes;
            instruction(block, instruction, stringBytes);
            require(
                    entry.stamp() || stamp || !readsStamp(instruction),
                    () -> block.id() + " reads a stamp that may not have been loaded");
            stamp = stamp || instruction.op() == Intrinsic.LOAD_STAMP;
            route = route || instruction.op() == Intrinsic.FIND_ROUTE;
            if (instruction.op() instanceof Op.Load load && load.reads(Op.Space.Memory.PACKET)) {
                boolean there = load.at() == PacketFrame.ROUTED ? route : packet;
                require(there, () -> block.id() + " reads a packet that may not have been decoded");
            }
            int result = instruction.result().number();
            require(!made.get(result), () -> instruction.result() + " is made twice");
            made.set(result);
            known.set(result);
        }
        uses(block, block.end().operands(), known);
        end(block);
        Facts exit = new Facts(known, stringBytes, packet, stamp, route);
        if (block.end() instanceof Terminator.OpenPacket open) {
            require(routine.hook().context() == ContextStruct.SK_BUFF, () -> "no packet comes with " + routine.hook());
            exit = new Facts(new BitSet(), stringBytes, true, stamp, route);
            Facts without = new Facts(new BitSet(), stringBytes, false, stamp, route);
            open.none().ifPresent(target -> atEntry.merge(target, without, Facts::meet));
        }
        for (BlockId target : block.end().targets()) {
            Integer place = places.get(target);
            require(
                    place != null && place > places.getOrDefault(block.id(), 0),
                    () -> block.id() + " goes to " + target + ", which does not come later");
            atEntry.merge(target, exit, Facts::meet);
        }
    }

    private static boolean readsStamp(Instruction instruction) {
        return instruction.op() instanceof Op.Load load
                        && (load.reads(Op.Space.Memory.STAMP)
                                || load.reads(Op.Space.Memory.FRAME) && load.at() == Stamp.ADDRESS)
                || instruction.op() instanceof StringOp.CallString call && call.source() == StringSource.STAMPED_COMM
                || instruction.op() instanceof StateOp.PutComm comm && comm.stamped();
    }

    private void uses(BasicBlock block, List<Value> uses, BitSet known) {
        for (Value value : uses) {
            require(
                    known.get(value.number()),
                    () -> block.id() + " uses " + value + " where it may not have been made");
        }
    }

    private void instruction(BasicBlock block, Instruction instruction, int stringBytes) {
        Op op = instruction.op();
        if (op instanceof Op.Load load) {
            load(block, load, stringBytes);
        } else if (op instanceof Op.CallIdentity call) {
            identity(call.identity());
        } else if (op instanceof Op.ReadOption) {
            needs(ContextStruct.SOCKOPT, "socket option");
        } else if (op instanceof NumberOp) {
            number(block, instruction);
        } else if (op instanceof StringOp string) {
            require(
                    string.size() == stringBytes,
                    () -> block.id() + " reads a string of another size: " + string.size());
            if (string instanceof StringOp.CallString call) {
                require(
                        call.source().helper().since(routine.hook()).isPresent(),
                        () -> "no " + call.source().word() + " at " + routine.hook());
            } else if (string instanceof StringOp.FindString find) {
                require(
                        find.table().words() * Long.BYTES <= stringBytes,
                        () -> block.id() + " seeks a word of more bytes than " + find.size());
            }
        } else if (op instanceof StateOp state) {
            state(block, state);
        } else if (op instanceof Intrinsic intrinsic) {
            intrinsic(intrinsic);
        }
    }

    private void load(BasicBlock block, Op.Load load, int stringBytes) {
        if (load.field().isPresent()) {
            int at = load.field().get().offset() + load.at();
            require(
                    routine.hook().mayRead(at, load.width()),
                    () -> routine.hook() + " must not read " + load.width() + " at " + at);
        } else if (load.reads(Op.Space.Memory.STRING)) {
            require(
                    load.at() >= -stringBytes && load.at() + load.width().bytes() <= 0,
                    () -> block.id() + " reads " + load.at() + " of a string of " + stringBytes + " bytes");
        } else if (load.reads(Op.Space.Memory.FRAME) && load.at() != Stamp.ADDRESS) {
            frame(block, load.at(), load.width().bytes());
        }
    }

    private void identity(Identity identity) {
        boolean known = routine.hook().inTaskContext() || identity.source().ofContext();
        require(
                known && identity.source().helper().since(routine.hook()).isPresent(),
                () -> "no " + identity + " is the calling task's at " + routine.hook());
    }

    private void needs(ContextStruct context, String what) {
        require(routine.hook().context() == context, () -> "no " + what + " at " + routine.hook());
    }

    private void number(BasicBlock block, Instruction instruction) {
        Op op = instruction.op();
        int most = bits.of(instruction.operand(0));
        if (op instanceof NumberOp.Join) {
            require(
                    most <= 32 && bits.of(instruction.operand(1)) <= 32,
                    () -> block.id() + " joins more than two halves");
        } else if (op instanceof NumberOp.LookUp look) {
            require(
                    most <= look.table().numberBits(),
                    () -> block.id() + " looks up " + instruction.operand(0) + ", which has too many bits");
        } else if (op instanceof NumberOp.RowOf row) {
            require(
                    1L << most <= row.table().rows(),
                    () -> block.id() + " looks for row " + instruction.operand(0) + " of "
                            + row.table().rows());
        } else if (op instanceof NumberOp.InRanges) {
            require(
                    most <= Integer.SIZE,
                    () -> block.id() + " seeks " + instruction.operand(0) + " in ranges, which has too many bits");
        } else if (op instanceof NumberOp.Product product) {
            require(
                    most <= Integer.SIZE && most * product.points().size() < Long.SIZE,
                    () -> block.id() + " multiplies more bits than there are");
        }
    }

    /** Rejects code that the hook's context does not allow. */
    private void intrinsic(Intrinsic op) {
        switch (op) {
            case LEAVE_TO_KERNEL, ANSWER_ORIGINAL -> needs(ContextStruct.SOCKOPT, "socket option");
            case FIND_ROUTE, SEGMENTS -> needs(ContextStruct.SK_BUFF, "packet");
            case STAMP_SOCKET ->
                require(routine.hook() == Hook.SOCK_CREATE, () -> "no socket is made at " + routine.hook());
            case LOAD_STAMP ->
                require(HookFields.readsStamps(routine.hook()), () -> "no stamp is read at " + routine.hook());
            case REMEMBER, RECALL, DROP_ORIGINAL, CONNECTED -> needs(ContextStruct.SOCK_ADDR, "redirect");
            case HAND_OVER, FOLLOW -> needs(ContextStruct.SOCK_OPS, "established connection");
            case GENERATION_STATE, CALLER, NOW, SUBMIT -> {}
        }
    }

    /** Rejects operations that the hook's context does not allow, and places outside the frame. */
    private void state(BasicBlock block, StateOp op) {
        Hook hook = routine.hook();
        if (op instanceof StateOp.PutText put && put.text() == StateOp.Text.SYSCTL) {
            needs(ContextStruct.SYSCTL, "sysctl");
        } else if (op instanceof StateOp.Note note) {
            frame(block, note.at(), Long.BYTES);
        } else if (op instanceof StateOp.SetOption) {
            require(hook == Hook.SOCK_OPS, () -> hook + " writes at its ends alone");
        } else if (op instanceof StateOp.Store store) {
            store(block, store);
        } else if (op instanceof StateOp.PutComm comm) {
            require(
                    comm.stamped() == HookFields.readsStamps(hook),
                    () -> block.id() + " takes the name of the wrong task");
        }
    }

    private void store(BasicBlock block, StateOp.Store store) {
        Hook hook = routine.hook();
        switch (store.place()) {
            case CONTEXT ->
                require(
                        hook == Hook.SOCK_OPS && hook.mayWrite(store.at(), store.width()),
                        () -> hook + " writes at its ends alone");
            case FRAME -> {
                frame(block, store.at(), store.width().bytes());
                require(
                        store.form() != StateOp.Form.MAPPED || store.width() == Width.DW,
                        () -> block.id() + " writes another part of an address than the last 8 bytes");
            }
            case RECORD ->
                require(
                        store.form() != StateOp.Form.MAPPED,
                        () -> block.id() + " writes the last 8 bytes of an address elsewhere than into the frame");
        }
    }

    private void frame(BasicBlock block, int at, int bytes) {
        boolean inside = at >= StateFrame.BOTTOM && at + bytes <= StateFrame.TOP && at % bytes == 0;
        require(inside, () -> block.id() + " keeps " + bytes + " bytes at " + at);
    }

    private void end(BasicBlock block) {
        if (block.end() instanceof Terminator.Switch choice) {
            long last = choice.cases().get(choice.cases().size() - 1).high();
            long max = Bits.max(bits.of(choice.value()));
            require(last == max, () -> block.id() + " does not cover " + choice.value());
        } else if (block.end() instanceof Terminator.Decide decide) {
            boolean denies = routine.hook().denial().equals(OptionalInt.of(0));
            require(
                    denies && bits.of(decide.bit()) == 1,
                    () -> block.id() + " ends with a value that is not a verdict");
        } else if (block.end() instanceof Terminator.Return end) {
            returns(block, end);
        } else if (block.end() instanceof Terminator.Branch branch && branch.width() == Width.W) {
            boolean narrow = bits.of(branch.left()) <= 32
                    && (!(branch.right() instanceof Terminator.Right.OfValue right) || bits.of(right.value()) <= 32);
            require(narrow, () -> block.id() + " compares 32 bits of a wider value");
        }
    }

    private void returns(BasicBlock block, Terminator.Return end) {
        Hook hook = routine.hook();
        Verdict verdict = end.verdict();
        require(verdict.allows() || hook.denial().isPresent(), () -> "nothing can be denied at " + hook);
        require(
                verdict.bit() == ReturnBit.NONE || verdict.bit() == hook.bitOne(),
                () -> "no `" + verdict + "` at " + hook);
        boolean setsErrno = hook == Hook.GETSOCKOPT
                && verdict instanceof Verdict.Deny deny
                && end.writes().equals(List.of(new Terminator.WriteErrno(deny.errno())));
        require(verdict.allows() || end.writes().isEmpty() || setsErrno, () -> block.id() + " denies and writes");
        require(
                verdict.allows() || hook != Hook.GETSOCKOPT || setsErrno,
                () -> block.id() + " denies without its errno");
        for (Terminator.Write write : end.writes()) {
            if (write instanceof Terminator.WriteContext field) {
                int at = field.field().offset() + field.offset();
                require(
                        hook.mayWrite(at, field.width()),
                        () -> hook + " must not write " + field.width() + " at " + at);
            } else if (write instanceof Terminator.WriteOption || write instanceof Terminator.WriteOptionName) {
                require(hook == Hook.SOCK_OPS, () -> hook + " must not set an option");
            } else if (write instanceof Terminator.WriteSuccess) {
                require(hook == Hook.GETSOCKOPT, () -> hook + " must not write `retval`");
            } else if (write instanceof Terminator.WriteErrno) {
                require(setsErrno, () -> block.id() + " fails and does not deny");
            } else if (write instanceof Terminator.WriteOptval || write instanceof Terminator.WriteOptlen) {
                Field field = write instanceof Terminator.WriteOptval ? Field.OPTVAL : Field.OPTLEN;
                require(
                        HookFields.assignable(hook).contains(field),
                        () -> hook + " must not write `" + field.text() + "`");
            } else {
                Field field = write instanceof Terminator.WritePath ? Field.PATH : Field.NEW_VALUE;
                boolean alone =
                        end.writes().size() == 1 && HookFields.assignable(hook).contains(field);
                require(alone, () -> hook + " must not write `" + field.text() + "`");
            }
        }
    }

    private void machine(BasicBlock block) {
        require(!(block.end() instanceof Terminator.Switch), () -> block.id() + " still switches");
        if (block.end() instanceof Terminator.Branch branch
                && branch.right() instanceof Terminator.Right.OfNumber right) {
            require(
                    Terminator.Branch.holds(branch.width(), right.number()),
                    () -> block.id() + " compares with " + right + ", which no jump holds");
        }
    }

    private void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw broken(message.get());
        }
    }

    private IllegalStateException broken(String message) {
        return new IllegalStateException("after " + stage + ", " + routine.hook() + ": " + message);
    }
}
