package org.ringwall.compiler.codegen;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.StringSource;
import org.ringwall.compiler.ir.Terminator;

/**
 * The effect of an instruction's code on registers other than its result. {@link Registers} and
 * {@link Body} both rely on it.
 *
 * @param destroyed the registers in which no value survives the instruction; a call destroys r0 to
 *     r5
 * @param notIn the registers in which its operands must not be, because they are written before the
 *     operands are read
 * @param context how the code uses the context
 */
record Convention(Set<Reg> destroyed, Set<Reg> notIn, Context context) {
    /** The registers that a call destroys. */
    static final Set<Reg> CALL = set(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5);

    private static final Set<Reg> NOTHING = Set.of();
    /** How code uses the context. */
    enum Context {
        /** The code does not use it. */
        UNUSED,
        /** The code reads it in its register, before anything is destroyed. */
        READ,
        /** The code does not use it, and preserves it in whichever register it is. */
        SAVED,
        /** The code needs it in {@link Body#CONTEXT}, where it survives the calls of the code. */
        PINNED;

        /** Returns whether the code reads the context. */
        boolean isRead() {
            return this == READ || this == PINNED;
        }
    }

    static Convention of(Instruction instruction) {
        return instruction.accept(OF);
    }

    /** Returns whether the terminator reads the context after calls of its own. */
    static boolean pinsContext(Terminator end) {
        return end instanceof Terminator.Return last
                && last.writes().stream()
                        .anyMatch(write -> write instanceof Terminator.WriteSysctl
                                || write instanceof Terminator.WriteOptval
                                || write instanceof Terminator.WriteOptlen
                                || write instanceof Terminator.WriteOption
                                || write instanceof Terminator.WriteOptionName);
    }

    /** Returns whether the terminator reads or writes through the context. */
    static boolean needsContext(Terminator end) {
        return end instanceof Terminator.OpenPacket
                || end instanceof Terminator.Return last && !last.writes().isEmpty();
    }

    private static Set<Reg> set(Reg first, Reg... rest) {
        return Collections.unmodifiableSet(EnumSet.of(first, rest));
    }

    private static final Of OF = new Of();

    private static final class Of implements Instruction.Visitor<Convention> {
        private static final Convention PLAIN = new Convention(NOTHING, NOTHING, Context.UNUSED);
        private static final Convention CALLED = new Convention(CALL, NOTHING, Context.UNUSED);
        private static final Convention PINNED = new Convention(CALL, NOTHING, Context.PINNED);
        private static final Convention READS = new Convention(NOTHING, NOTHING, Context.READ);

        @Override
        public Convention readContext(Instruction.ReadContext instruction) {
            return READS;
        }

        @Override
        public Convention addressOf(Instruction.AddressOf instruction) {
            return PLAIN;
        }

        @Override
        public Convention readGlobal(Instruction.ReadGlobal instruction) {
            return PLAIN;
        }

        @Override
        public Convention callIdentity(Instruction.CallIdentity call) {
            return call.identity().source().ofContext() ? new Convention(CALL, NOTHING, Context.READ) : CALLED;
        }

        @Override
        public Convention callString(Instruction.CallString call) {
            if (call.source() == StringSource.UNIX_PATH) {
                return PINNED;
            }
            boolean task = call.source() == StringSource.COMM || call.source() == StringSource.STAMPED_COMM;
            return task ? CALLED : new Convention(CALL, NOTHING, Context.READ);
        }

        @Override
        public Convention readString(Instruction.ReadString instruction) {
            return PLAIN;
        }

        @Override
        public Convention walkString(Instruction.WalkString instruction) {
            return CALLED;
        }

        @Override
        public Convention findString(Instruction.FindString instruction) {
            return CALLED;
        }

        @Override
        public Convention findEnd(Instruction.FindEnd instruction) {
            return new Convention(StringEnd.FOUND, NOTHING, Context.UNUSED);
        }

        @Override
        public Convention findByte(Instruction.FindByte instruction) {
            return new Convention(StringEnd.FOUND, NOTHING, Context.UNUSED);
        }

        @Override
        public Convention endPlace(Instruction.EndPlace instruction) {
            return PLAIN;
        }

        @Override
        public Convention endShift(Instruction.EndShift instruction) {
            return PLAIN;
        }

        @Override
        public Convention readEnd(Instruction.ReadEnd instruction) {
            return new Convention(StringEnd.READ, StringEnd.READ, Context.UNUSED);
        }

        @Override
        public Convention leaveToKernel(Instruction.LeaveToKernel instruction) {
            return PINNED;
        }

        @Override
        public Convention readOption(Instruction.ReadOption instruction) {
            return PINNED;
        }

        @Override
        public Convention readPacket(Instruction.ReadPacket instruction) {
            return PLAIN;
        }

        @Override
        public Convention findRoute(Instruction.FindRoute instruction) {
            return new Convention(PacketRoute.DESTROYED, NOTHING, Context.PINNED);
        }

        @Override
        public Convention stampSocket(Instruction.StampSocket instruction) {
            return new Convention(StampCode.WRITING, NOTHING, Context.PINNED);
        }

        @Override
        public Convention loadStamp(Instruction.LoadStamp instruction) {
            return PINNED;
        }

        @Override
        public Convention foundStamp(Instruction.FoundStamp instruction) {
            return PLAIN;
        }

        @Override
        public Convention readStampedName(Instruction.ReadStampedName instruction) {
            return PLAIN;
        }

        @Override
        public Convention readStamp(Instruction.ReadStamp instruction) {
            return PLAIN;
        }

        @Override
        public Convention callState(Instruction.CallState call) {
            StateOp op = call.op();
            if (op instanceof StateOp.Get) {
                return PLAIN;
            } else if (op instanceof StateOp.Now) {
                return new Convention(CALL, NOTHING, Context.SAVED);
            } else if (op instanceof StateOp.Connected) {
                return new Convention(ConnectedCode.USED, NOTHING, Context.READ);
            } else if (op instanceof StateOp.Put put && put.place() == StateOp.Place.RECORD) {
                return new Convention(StateCode.STORING, set(EventCode.BASE), Context.UNUSED);
            } else if (op instanceof StateOp.Put put) {
                return put.form() == StateOp.Form.HOST
                        ? PLAIN
                        : new Convention(StateCode.COPYING, NOTHING, Context.UNUSED);
            } else if (op instanceof StateOp.PutNumber number && number.place() == StateOp.Place.FRAME) {
                return number.number() == (int) number.number() && number.form() == StateOp.Form.HOST
                                || number.width() != Width.DW
                        ? PLAIN
                        : new Convention(StateCode.COPYING, NOTHING, Context.UNUSED);
            } else if (op instanceof StateOp.PutNumber || op instanceof StateOp.Note) {
                return new Convention(StateCode.STORING, NOTHING, Context.UNUSED);
            }
            return StateCode.needsContext(op) ? PINNED : CALLED;
        }

        @Override
        public Convention lookUp(Instruction.LookUp instruction) {
            return Lookups.convention(instruction.table());
        }

        @Override
        public Convention rowOf(Instruction.RowOf instruction) {
            return new Convention(set(RuleCode.TABLE), NOTHING, Context.UNUSED);
        }

        @Override
        public Convention both(Instruction.Both instruction) {
            return PLAIN;
        }

        @Override
        public Convention lowest(Instruction.Lowest instruction) {
            return PLAIN;
        }

        @Override
        public Convention oneOf(Instruction.OneOf instruction) {
            Set<Reg> both = set(Reg.R0, Body.FACTOR);
            return new Convention(both, both, Context.UNUSED);
        }

        @Override
        public Convention differences(Instruction.Differences instruction) {
            Set<Reg> both = set(Reg.R0, Body.FACTOR);
            return new Convention(both, both, Context.UNUSED);
        }

        @Override
        public Convention inRanges(Instruction.InRanges instruction) {
            Set<Reg> both = set(RangeCode.RESULT, RangeCode.OTHER);
            return new Convention(both, both, Context.UNUSED);
        }

        @Override
        public Convention bitOf(Instruction.BitOf instruction) {
            Set<Reg> mask = set(Reg.R0);
            return new Convention(mask, mask, Context.UNUSED);
        }

        @Override
        public Convention less(Instruction.Less instruction) {
            return PLAIN;
        }

        @Override
        public Convention constant(Instruction.Constant instruction) {
            return PLAIN;
        }

        @Override
        public Convention shift(Instruction.Shift instruction) {
            return PLAIN;
        }

        @Override
        public Convention lowBits(Instruction.LowBits instruction) {
            return PLAIN;
        }

        @Override
        public Convention masked(Instruction.Masked instruction) {
            return PLAIN;
        }

        @Override
        public Convention networkOrder(Instruction.NetworkOrder instruction) {
            return PLAIN;
        }

        @Override
        public Convention join(Instruction.Join instruction) {
            return PLAIN;
        }
    }
}
