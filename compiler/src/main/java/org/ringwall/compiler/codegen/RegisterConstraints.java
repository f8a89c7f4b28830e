// SPDX-License-Identifier: Apache-2.0
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
 * {@link InstructionSelector} both rely on it.
 *
 * @param destroyed the registers in which no value survives the instruction; a call destroys r0 to
 *     r5
 * @param notIn the registers in which its operands must not be, because they are written before the
 *     operands are read
 * @param context how the code uses the context
 */
record RegisterConstraints(Set<Reg> destroyed, Set<Reg> notIn, Context context) {
    /** The registers that a call destroys. */
    static final Set<Reg> CALL = set(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5);

    private static final Set<Reg> NOTHING = Set.of();

    /** The use of the context by code. */
    enum Context {
        /** The code does not use it. */
        UNUSED,
        /** The code reads it in its register, before anything is destroyed. */
        READ,
        /** The code does not use it, and preserves it in whichever register it is. */
        SAVED,
        /**
         * The code needs it in {@link InstructionSelector#CONTEXT}, where it survives the calls of
         * the code.
         */
        PINNED;

        /** Returns whether the code reads the context. */
        boolean isRead() {
            return this == READ || this == PINNED;
        }
    }

    static RegisterConstraints of(Instruction instruction) {
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

    private static final class Of implements Instruction.Visitor<RegisterConstraints> {
        private static final RegisterConstraints PLAIN = new RegisterConstraints(NOTHING, NOTHING, Context.UNUSED);
        private static final RegisterConstraints CALLED = new RegisterConstraints(CALL, NOTHING, Context.UNUSED);
        private static final RegisterConstraints PINNED = new RegisterConstraints(CALL, NOTHING, Context.PINNED);
        private static final RegisterConstraints READS = new RegisterConstraints(NOTHING, NOTHING, Context.READ);

        @Override
        public RegisterConstraints readContext(Instruction.ReadContext instruction) {
            return READS;
        }

        @Override
        public RegisterConstraints addressOf(Instruction.AddressOf instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints readGlobal(Instruction.ReadGlobal instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints callIdentity(Instruction.CallIdentity call) {
            return call.identity().source().ofContext() ? new RegisterConstraints(CALL, NOTHING, Context.READ) : CALLED;
        }

        @Override
        public RegisterConstraints callString(Instruction.CallString call) {
            if (call.source() == StringSource.UNIX_PATH) {
                return PINNED;
            }
            boolean task = call.source() == StringSource.COMM || call.source() == StringSource.STAMPED_COMM;
            return task ? CALLED : new RegisterConstraints(CALL, NOTHING, Context.READ);
        }

        @Override
        public RegisterConstraints readString(Instruction.ReadString instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints walkString(Instruction.WalkString instruction) {
            return CALLED;
        }

        @Override
        public RegisterConstraints findString(Instruction.FindString instruction) {
            return CALLED;
        }

        @Override
        public RegisterConstraints findEnd(Instruction.FindEnd instruction) {
            return new RegisterConstraints(StringEnd.FOUND, NOTHING, Context.UNUSED);
        }

        @Override
        public RegisterConstraints findByte(Instruction.FindByte instruction) {
            return new RegisterConstraints(StringEnd.FOUND, NOTHING, Context.UNUSED);
        }

        @Override
        public RegisterConstraints endPlace(Instruction.EndPlace instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints endShift(Instruction.EndShift instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints readEnd(Instruction.ReadEnd instruction) {
            return new RegisterConstraints(StringEnd.READ, StringEnd.READ, Context.UNUSED);
        }

        @Override
        public RegisterConstraints leaveToKernel(Instruction.LeaveToKernel instruction) {
            return PINNED;
        }

        @Override
        public RegisterConstraints readOption(Instruction.ReadOption instruction) {
            return PINNED;
        }

        @Override
        public RegisterConstraints readPacket(Instruction.ReadPacket instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints findRoute(Instruction.FindRoute instruction) {
            return new RegisterConstraints(PacketRoute.DESTROYED, NOTHING, Context.PINNED);
        }

        @Override
        public RegisterConstraints stampSocket(Instruction.StampSocket instruction) {
            return new RegisterConstraints(StampCode.WRITING, NOTHING, Context.PINNED);
        }

        @Override
        public RegisterConstraints loadStamp(Instruction.LoadStamp instruction) {
            return PINNED;
        }

        @Override
        public RegisterConstraints foundStamp(Instruction.FoundStamp instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints readStampedName(Instruction.ReadStampedName instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints readStamp(Instruction.ReadStamp instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints callState(Instruction.CallState call) {
            StateOp op = call.op();
            if (op instanceof StateOp.Get) {
                return PLAIN;
            } else if (op instanceof StateOp.Now) {
                return new RegisterConstraints(CALL, NOTHING, Context.SAVED);
            } else if (op instanceof StateOp.Connected) {
                return new RegisterConstraints(ConnectedCode.USED, NOTHING, Context.READ);
            } else if (op instanceof StateOp.Put put && put.place() == StateOp.Place.RECORD) {
                return new RegisterConstraints(StateCode.STORING, set(EventCode.BASE), Context.UNUSED);
            } else if (op instanceof StateOp.Put put) {
                return put.form() == StateOp.Form.HOST
                        ? PLAIN
                        : new RegisterConstraints(StateCode.COPYING, NOTHING, Context.UNUSED);
            } else if (op instanceof StateOp.PutNumber number && number.place() == StateOp.Place.FRAME) {
                return number.number() == (int) number.number() && number.form() == StateOp.Form.HOST
                                || number.width() != Width.DW
                        ? PLAIN
                        : new RegisterConstraints(StateCode.COPYING, NOTHING, Context.UNUSED);
            } else if (op instanceof StateOp.PutNumber || op instanceof StateOp.Note) {
                return new RegisterConstraints(StateCode.STORING, NOTHING, Context.UNUSED);
            }
            return StateCode.needsContext(op) ? PINNED : CALLED;
        }

        @Override
        public RegisterConstraints lookUp(Instruction.LookUp instruction) {
            return Lookups.convention(instruction.table());
        }

        @Override
        public RegisterConstraints rowOf(Instruction.RowOf instruction) {
            return new RegisterConstraints(set(RuleCode.TABLE), NOTHING, Context.UNUSED);
        }

        @Override
        public RegisterConstraints both(Instruction.Both instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints lowest(Instruction.Lowest instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints oneOf(Instruction.OneOf instruction) {
            Set<Reg> both = set(Reg.R0, InstructionSelector.FACTOR);
            return new RegisterConstraints(both, both, Context.UNUSED);
        }

        @Override
        public RegisterConstraints differences(Instruction.Differences instruction) {
            Set<Reg> both = set(Reg.R0, InstructionSelector.FACTOR);
            return new RegisterConstraints(both, both, Context.UNUSED);
        }

        @Override
        public RegisterConstraints inRanges(Instruction.InRanges instruction) {
            Set<Reg> both = set(RangeCode.RESULT, RangeCode.OTHER);
            return new RegisterConstraints(both, both, Context.UNUSED);
        }

        @Override
        public RegisterConstraints bitOf(Instruction.BitOf instruction) {
            Set<Reg> mask = set(Reg.R0);
            return new RegisterConstraints(mask, mask, Context.UNUSED);
        }

        @Override
        public RegisterConstraints less(Instruction.Less instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints constant(Instruction.Constant instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints shift(Instruction.Shift instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints lowBits(Instruction.LowBits instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints masked(Instruction.Masked instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints wireProtocol(Instruction.WireProtocol instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints networkOrder(Instruction.NetworkOrder instruction) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints join(Instruction.Join instruction) {
            return PLAIN;
        }
    }
}
