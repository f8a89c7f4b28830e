// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.bpf.verifier.VerifierAssertion.ARGUMENT;
import static org.ringwall.bpf.verifier.VerifierAssertion.BOUNDS;
import static org.ringwall.bpf.verifier.VerifierAssertion.CONTEXT_ACCESS;
import static org.ringwall.bpf.verifier.VerifierAssertion.COUNTED_LOOPS;
import static org.ringwall.bpf.verifier.VerifierAssertion.HELPER;
import static org.ringwall.bpf.verifier.VerifierAssertion.INSTRUCTION;
import static org.ringwall.bpf.verifier.VerifierAssertion.JUMP_REACH;
import static org.ringwall.bpf.verifier.VerifierAssertion.JUMP_TARGET;
import static org.ringwall.bpf.verifier.VerifierAssertion.MOST_SLOTS;
import static org.ringwall.bpf.verifier.VerifierAssertion.NULL_CHECK;
import static org.ringwall.bpf.verifier.VerifierAssertion.OPERAND;
import static org.ringwall.bpf.verifier.VerifierAssertion.POINTER;
import static org.ringwall.bpf.verifier.VerifierAssertion.REACHED;
import static org.ringwall.bpf.verifier.VerifierAssertion.RELEASE;
import static org.ringwall.bpf.verifier.VerifierAssertion.RETURN_RANGE;
import static org.ringwall.bpf.verifier.VerifierAssertion.SET_REGISTER;
import static org.ringwall.bpf.verifier.VerifierAssertion.SET_STACK;
import static org.ringwall.bpf.verifier.VerifierAssertion.SIZE;
import static org.ringwall.bpf.verifier.VerifierAssertion.STACK_SIZE;
import static org.ringwall.bpf.verifier.VerifierAssertion.UNCHANGED_CONTEXT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.verifier.VerifierAssertion;
import org.ringwall.bpf.verifier.Violation;
import org.ringwall.testkit.KernelTest;

/**
 * A test that the kernel and our verifier both reject a program that breaks one requirement, and
 * both accept a similar one that does not.
 */
@KernelTest
class DemandsKernelTest {
    /**
     * From this release on, CAP_PERFMON permits reads of unwritten stack; our verifier stays
     * stricter.
     */
    private static final KernelVersion STACK_READS = new KernelVersion(6, 3);

    private static final int SK = 168;
    private static final int OPS_SK = 184;
    private static final int LEN = 0;
    private static final int MARK = 8;
    private static final int DATA = 76;
    private static final int DATA_END = 80;

    /** These need a map with a lock, or a ring; VerifierTest and MutationsKernelTest cover them. */
    private static final Set<VerifierAssertion> OF_MAPS = EnumSet.of(RELEASE);

    /** A program that breaks a requirement, and a similar one that does not. */
    private record Pair(VerifierAssertion demand, Hook hook, List<Insn> wrong, List<Insn> right) {
        @Override
        public String toString() {
            return demand + " at " + hook;
        }
    }

    static Stream<Pair> pairs() {
        return Stream.of(ofMemory(), ofTcpSockets(), ofCode()).flatMap(each -> each);
    }

    /** Returns the pairs about what `bpf_skc_to_tcp_sock` takes and returns. */
    private static Stream<Pair> ofTcpSockets() {
        List<Insn> right = ofTcpSocket(jump(Reg.R0, 0, 2), readState());
        return Stream.of(
                pair(POINTER, Hook.SOCK_OPS, ofTcpSocket(mov(Reg.R5, 0), readState()), right),
                pair(
                        POINTER,
                        Hook.SOCK_OPS,
                        ofTcpSocket(jump(Reg.R0, 0, 2), new Insn.Store(Width.B, Reg.R0, (short) 0, Operand.of(1))),
                        right),
                pair(
                        NULL_CHECK,
                        Hook.SOCK_OPS,
                        list(wide(Reg.R1, Reg.R1, OPS_SK), call(Helper.SKC_TO_TCP_SOCK)),
                        right),
                pair(ARGUMENT, Hook.SOCK_OPS, list(call(Helper.SKC_TO_TCP_SOCK)), right));
    }

    /** Returns instructions that take offset 18 of a TCP socket, skc_state, with the last one. */
    private static List<Insn> ofTcpSocket(Insn checked, Insn last) {
        return list(
                wide(Reg.R1, Reg.R1, OPS_SK),
                jump(Reg.R1, 0, 4),
                call(Helper.SKC_TO_TCP_SOCK),
                checked,
                add(Reg.R0, PrivateField.SOCKET_STATE.offset()),
                last);
    }

    private static Insn readState() {
        return new Insn.Load(Width.B, false, Reg.R2, Reg.R0, (short) 0);
    }

    /** Returns the pairs about memory accesses. */
    private static Stream<Pair> ofMemory() {
        return Stream.of(
                pair(CONTEXT_ACCESS, Hook.CONNECT4, list(load(Reg.R2, Reg.R1, 2)), list(load(Reg.R2, Reg.R1, 24))),
                pair(
                        CONTEXT_ACCESS,
                        Hook.DEVICE,
                        list(store(Reg.R1, 4, Reg.R1)),
                        list(new Insn.Load(Width.H, false, Reg.R2, Reg.R1, (short) 2))),
                pair(
                        UNCHANGED_CONTEXT,
                        Hook.CONNECT4,
                        list(add(Reg.R1, 8), load(Reg.R2, Reg.R1, 16)),
                        list(load(Reg.R2, Reg.R1, 24), add(Reg.R1, 8))),
                pair(
                        NULL_CHECK,
                        Hook.SKB_EGRESS,
                        list(wide(Reg.R2, Reg.R1, SK), load(Reg.R3, Reg.R2, LEN)),
                        list(wide(Reg.R2, Reg.R1, SK), jump(Reg.R2, 0, 1), load(Reg.R3, Reg.R2, LEN))),
                // Null on one path, a pointer into the stack on the other.
                pair(
                        NULL_CHECK,
                        Hook.SKB_EGRESS,
                        oneWay(list(wide(Reg.R2, Reg.R1, SK), load(Reg.R3, Reg.R2, LEN))),
                        oneWay(list(wide(Reg.R2, Reg.R1, SK)))),
                // Arguments of a helper whose prototype our verifier does not know.
                pair(HELPER, Hook.DEVICE, list(call(Helper.PERF_EVENT_OUTPUT)), list(call(Helper.KTIME_GET_NS))),
                pair(
                        HELPER,
                        Hook.SKB_EGRESS,
                        list(
                                wide(Reg.R1, Reg.R1, SK),
                                jump(Reg.R1, 0, 2),
                                call(Helper.GET_LISTENER_SOCK),
                                load(Reg.R2, Reg.R0, LEN)),
                        list(wide(Reg.R1, Reg.R1, SK), jump(Reg.R1, 0, 1), load(Reg.R2, Reg.R1, LEN))),
                pair(SET_REGISTER, Hook.DEVICE, list(copy(Reg.R2, Reg.R3)), list(copy(Reg.R2, Reg.R1))),
                pair(
                        SET_REGISTER,
                        Hook.DEVICE,
                        list(mov(Reg.R2, 1), call(Helper.GET_CURRENT_UID_GID), copy(Reg.R3, Reg.R2)),
                        list(mov(Reg.R6, 1), call(Helper.GET_CURRENT_UID_GID), copy(Reg.R3, Reg.R6))),
                pair(
                        SET_STACK,
                        Hook.DEVICE,
                        list(wide(Reg.R2, Reg.R10, -8)),
                        list(mov(Reg.R3, 1), storeWide(Reg.R10, -8, Reg.R3), wide(Reg.R2, Reg.R10, -8))),
                pair(
                        STACK_SIZE,
                        Hook.DEVICE,
                        list(mov(Reg.R3, 1), storeWide(Reg.R10, -520, Reg.R3)),
                        list(mov(Reg.R3, 1), storeWide(Reg.R10, -512, Reg.R3))));
    }

    /** Returns the pairs about control flow and return values. */
    private static Stream<Pair> ofCode() {
        Insn allow = mov(Reg.R0, 1);
        Insn exit = new Insn.Exit();
        return Stream.of(
                new Pair(RETURN_RANGE, Hook.CONNECT4, List.of(mov(Reg.R0, 2), exit), List.of(allow, exit)),
                new Pair(
                        RETURN_RANGE,
                        Hook.CONNECT4,
                        List.of(load(Reg.R0, Reg.R1, 24), exit),
                        List.of(load(Reg.R0, Reg.R1, 24), and(Reg.R0, 1), exit)),
                pair(
                        HELPER,
                        Hook.SKB_EGRESS,
                        list(mov(Reg.R1, 1), call(Helper.SET_RETVAL)),
                        list(load(Reg.R2, Reg.R1, MARK))),
                pair(
                        COUNTED_LOOPS,
                        Hook.DEVICE,
                        list(mov(Reg.R2, 0), add(Reg.R2, 0), until(Reg.R2, 8)),
                        list(mov(Reg.R2, 0), add(Reg.R2, 1), until(Reg.R2, 8))),
                new Pair(
                        JUMP_TARGET,
                        Hook.DEVICE,
                        List.of(allow, jump(Reg.R0, 0, 5), exit),
                        List.of(allow, jump(Reg.R0, 0, 0), exit)),
                new Pair(JUMP_REACH, Hook.CONNECT4, over(Short.MAX_VALUE), over(Short.MAX_VALUE / 12)),
                new Pair(
                        REACHED,
                        Hook.DEVICE,
                        List.of(allow, exit, allow, exit),
                        List.of(allow, jump(Reg.R0, 0, 1), exit, allow, exit)),
                pair(OPERAND, Hook.DEVICE, list(mov(Reg.R2, 1), shift(64)), list(mov(Reg.R2, 1), shift(63))),
                pair(
                        POINTER,
                        Hook.DEVICE,
                        list(mov(Reg.R2, 4096), load(Reg.R3, Reg.R2, 0)),
                        list(mov(Reg.R2, 4096), load(Reg.R3, Reg.R1, 0))),
                pair(BOUNDS, Hook.SKB_EGRESS, packet(load(Reg.R5, Reg.R2, 17)), packet(load(Reg.R5, Reg.R2, 16))),
                pair(
                        ARGUMENT,
                        Hook.CONNECT4,
                        list(copy(Reg.R1, Reg.R10), add(Reg.R1, -16), mov(Reg.R2, 0), call(Helper.GET_CURRENT_COMM)),
                        list(copy(Reg.R1, Reg.R10), add(Reg.R1, -16), mov(Reg.R2, 16), call(Helper.GET_CURRENT_COMM))),
                pair(
                        INSTRUCTION,
                        Hook.DEVICE,
                        list(new Insn.LoadPacket(Width.B, Optional.empty(), 0)),
                        list(load(Reg.R2, Reg.R1, 0))),
                new Pair(
                        SIZE,
                        Hook.DEVICE,
                        Stream.concat(Collections.nCopies(MOST_SLOTS, allow).stream(), Stream.of(exit))
                                .toList(),
                        List.of(allow, allow, exit)));
    }

    /** Wraps instructions in a bounds check: 20 bytes of the packet at r2 are accessible. */
    private static List<Insn> packet(Insn insn) {
        return list(
                load(Reg.R2, Reg.R1, DATA),
                load(Reg.R3, Reg.R1, DATA_END),
                copy(Reg.R4, Reg.R2),
                add(Reg.R4, 20),
                new Insn.Jump(Insn.JumpOp.GT, Width.DW, Reg.R4, Operand.of(Reg.R3), (short) 1),
                insn);
    }

    /**
     * Returns a jump over `reads` reads of an address, each of which the kernel rewrites as two
     * instructions.
     */
    private static List<Insn> over(int reads) {
        List<Insn> insns = list(call(Helper.GET_CURRENT_UID_GID), jump(Reg.R0, 0, reads));
        insns.add(0, copy(Reg.R6, Reg.R1));
        insns.addAll(Collections.nCopies(reads, load(Reg.R2, Reg.R6, 4)));
        return allowing(insns);
    }

    /**
     * Replaces the first instruction, if the mark is 0, by one that points r2 at a written word of
     * the stack.
     */
    private static List<Insn> oneWay(List<Insn> insns) {
        List<Insn> both =
                list(mov(Reg.R5, 0), storeWide(Reg.R10, -8, Reg.R5), load(Reg.R4, Reg.R1, MARK), jump(Reg.R4, 0, 2));
        both.add(insns.get(0));
        both.add(new Insn.Goto((short) 2));
        both.add(copy(Reg.R2, Reg.R10));
        both.add(add(Reg.R2, -8));
        both.addAll(insns.subList(1, insns.size()));
        return both;
    }

    private static Pair pair(VerifierAssertion demand, Hook hook, List<Insn> wrong, List<Insn> right) {
        return new Pair(demand, hook, allowing(wrong), allowing(right));
    }

    private static List<Insn> allowing(List<Insn> insns) {
        return Verifier.thenAllow(insns.toArray(Insn[]::new));
    }

    private static List<Insn> list(Insn... insns) {
        return new ArrayList<>(Arrays.asList(insns));
    }

    private static Insn mov(Reg dst, int number) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(number));
    }

    private static Insn copy(Reg dst, Reg src) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(src));
    }

    private static Insn add(Reg dst, int number) {
        return new Insn.Alu(Insn.AluOp.ADD, Width.DW, dst, Operand.of(number));
    }

    private static Insn and(Reg dst, int number) {
        return new Insn.Alu(Insn.AluOp.AND, Width.DW, dst, Operand.of(number));
    }

    private static Insn shift(int by) {
        return new Insn.Alu(Insn.AluOp.LSH, Width.DW, Reg.R2, Operand.of(by));
    }

    private static Insn load(Reg dst, Reg base, int off) {
        return new Insn.Load(Width.W, false, dst, base, (short) off);
    }

    private static Insn wide(Reg dst, Reg base, int off) {
        return new Insn.Load(Width.DW, false, dst, base, (short) off);
    }

    private static Insn store(Reg base, int off, Reg src) {
        return new Insn.Store(Width.W, base, (short) off, Operand.of(src));
    }

    private static Insn storeWide(Reg base, int off, Reg src) {
        return new Insn.Store(Width.DW, base, (short) off, Operand.of(src));
    }

    private static Insn jump(Reg left, int right, int over) {
        return new Insn.Jump(Insn.JumpOp.EQ, Width.DW, left, Operand.of(right), (short) over);
    }

    /**
     * Returns a jump back to the previous instruction while the register differs from this number.
     */
    private static Insn until(Reg left, int right) {
        return new Insn.Jump(Insn.JumpOp.NE, Width.DW, left, Operand.of(right), (short) -2);
    }

    private static Insn call(Helper helper) {
        return new Insn.CallHelper(helper.id());
    }

    private static Set<VerifierAssertion> broken(Hook hook, List<Insn> insns) {
        return org.ringwall.bpf.verifier.Verifier.check(hook, KernelVersion.V5_10, insns).stream()
                .map(Violation::demand)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(VerifierAssertion.class)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void violationsAreRejectedByTheCheckAndTheKernel(Pair pair) {
        assertThat(broken(pair.hook(), pair.wrong())).contains(pair.demand());
        assertThat(broken(pair.hook(), pair.right())).isEmpty();
        try (Verifier kernel = new Verifier()) {
            assertThat(kernel.verdict(pair.hook(), pair.right())).isEqualTo(Verifier.ACCEPTED);
            if (pair.demand() == SIZE || pair.demand() == JUMP_REACH) {
                assertThatThrownBy(() -> kernel.accepts(pair.hook(), pair.wrong()))
                        .hasMessageContaining(pair.demand() == SIZE ? "E2BIG" : "ENOMEM");
            } else {
                boolean taken = pair.demand() == SET_STACK && Verifier.kernel().atLeast(STACK_READS);
                assertThat(kernel.accepts(pair.hook(), pair.wrong())).isEqualTo(taken);
            }
        }
    }

    @Test
    void everyDemandHasAPairOfPrograms() {
        assertThat(pairs().map(Pair::demand)).containsAll(EnumSet.complementOf(EnumSet.copyOf(OF_MAPS)));
    }
}
