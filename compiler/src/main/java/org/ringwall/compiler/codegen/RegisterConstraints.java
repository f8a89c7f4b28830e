// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.StringOp;
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
        return instruction.op().accept(OF, instruction);
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

    private static final class Of implements Op.Visitor<RegisterConstraints> {
        private static final RegisterConstraints PLAIN = new RegisterConstraints(NOTHING, NOTHING, Context.UNUSED);
        private static final RegisterConstraints CALLED = new RegisterConstraints(CALL, NOTHING, Context.UNUSED);
        private static final RegisterConstraints PINNED = new RegisterConstraints(CALL, NOTHING, Context.PINNED);
        private static final RegisterConstraints READS = new RegisterConstraints(NOTHING, NOTHING, Context.READ);

        private static RegisterConstraints destroying(Set<Reg> destroyed) {
            return new RegisterConstraints(destroyed, NOTHING, Context.UNUSED);
        }

        /** Returns the constraints of code that writes these registers before it reads operands. */
        private static RegisterConstraints writingFirst(Set<Reg> written) {
            return new RegisterConstraints(written, written, Context.UNUSED);
        }

        @Override
        public RegisterConstraints load(Op.Load load, Instruction in) {
            return load.field().isPresent() ? READS : PLAIN;
        }

        @Override
        public RegisterConstraints addressOf(Op.AddressOf address, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints constant(Op.Constant constant, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints callIdentity(Op.CallIdentity call, Instruction in) {
            return call.identity().source().ofContext() ? new RegisterConstraints(CALL, NOTHING, Context.READ) : CALLED;
        }

        @Override
        public RegisterConstraints readOption(Op.ReadOption read, Instruction in) {
            return PINNED;
        }

        @Override
        public RegisterConstraints alu(NumberOp.Alu alu, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints join(NumberOp.Join join, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints lowest(NumberOp.Lowest lowest, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints networkOrder(NumberOp.NetworkOrder order, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints wireProtocol(NumberOp.WireProtocol wire, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints product(NumberOp.Product product, Instruction in) {
            return writingFirst(set(Reg.R0, InstructionSelector.FACTOR));
        }

        @Override
        public RegisterConstraints inRanges(NumberOp.InRanges ranges, Instruction in) {
            return writingFirst(set(RangeCode.RESULT, RangeCode.OTHER));
        }

        @Override
        public RegisterConstraints bitOf(NumberOp.BitOf bit, Instruction in) {
            return writingFirst(set(Reg.R0));
        }

        @Override
        public RegisterConstraints lookUp(NumberOp.LookUp look, Instruction in) {
            return Lookups.convention(look.table());
        }

        @Override
        public RegisterConstraints rowOf(NumberOp.RowOf row, Instruction in) {
            return destroying(set(RuleCode.TABLE));
        }

        @Override
        public RegisterConstraints callString(StringOp.CallString call, Instruction in) {
            return switch (call.source()) {
                case UNIX_PATH -> PINNED;
                case COMM, STAMPED_COMM -> CALLED;
                case SYSCTL_NAME, SYSCTL_VALUE, SYSCTL_NEW_VALUE ->
                    new RegisterConstraints(CALL, NOTHING, Context.READ);
            };
        }

        @Override
        public RegisterConstraints walkString(StringOp.WalkString walk, Instruction in) {
            return CALLED;
        }

        @Override
        public RegisterConstraints matchGlobs(StringOp.MatchGlobs match, Instruction in) {
            return CALLED;
        }

        @Override
        public RegisterConstraints findString(StringOp.FindString find, Instruction in) {
            return CALLED;
        }

        @Override
        public RegisterConstraints findEnd(StringOp.FindEnd find, Instruction in) {
            return destroying(StringEnd.FOUND);
        }

        @Override
        public RegisterConstraints findByte(StringOp.FindByte find, Instruction in) {
            return destroying(StringEnd.FOUND);
        }

        @Override
        public RegisterConstraints endPlace(StringOp.EndPlace place, Instruction in) {
            return PLAIN;
        }

        @Override
        public RegisterConstraints readEnd(StringOp.ReadEnd read, Instruction in) {
            return writingFirst(StringEnd.READ);
        }

        @Override
        public RegisterConstraints state(StateOp op, Instruction in) {
            if (op instanceof StateOp.Store store && store.place() != StateOp.Place.CONTEXT) {
                return stores(store);
            } else if (op instanceof StateOp.Note) {
                return destroying(StateCode.STORING);
            }
            return StateCode.needsContext(op) ? PINNED : CALLED;
        }

        private static RegisterConstraints stores(StateOp.Store store) {
            if (store.place() == StateOp.Place.RECORD) {
                return store.number().isPresent()
                        ? destroying(StateCode.STORING)
                        : new RegisterConstraints(StateCode.STORING, set(EventCode.BASE), Context.UNUSED);
            }
            boolean immediate = store.number().isPresent() && store.width() != Width.DW
                    || store.form() == StateOp.Form.HOST
                            && store.number().orElse(0) == (int) store.number().orElse(0);
            return immediate ? PLAIN : destroying(StateCode.COPYING);
        }

        @Override
        public RegisterConstraints intrinsic(Intrinsic op, Instruction in) {
            return switch (op) {
                case FIND_ROUTE -> new RegisterConstraints(PacketRoute.DESTROYED, NOTHING, Context.PINNED);
                case STAMP_SOCKET -> new RegisterConstraints(StampCode.WRITING, NOTHING, Context.PINNED);
                case NOW -> new RegisterConstraints(CALL, NOTHING, Context.SAVED);
                case CONNECTED -> new RegisterConstraints(ConnectedCode.USED, NOTHING, Context.READ);
                case GENERATION_STATE, SUBMIT -> CALLED;
                case LEAVE_TO_KERNEL,
                        LOAD_STAMP,
                        CALLER,
                        SEGMENTS,
                        REMEMBER,
                        RECALL,
                        DROP_ORIGINAL,
                        HAND_OVER,
                        FOLLOW,
                        ANSWER_ORIGINAL -> PINNED;
            };
        }
    }
}
