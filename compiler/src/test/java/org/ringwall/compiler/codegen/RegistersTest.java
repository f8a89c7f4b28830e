// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.RoutineText;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;

/** Register allocation: the register of each value, and that no live value is clobbered. */
class RegistersTest {
    private static final Target TARGET = new Target(KernelVersion.V6_12, ByteOrder.LITTLE_ENDIAN);
    private static final Set<Reg> CALLEE_SAVED = Set.of(Reg.R6, Reg.R7, Reg.R8, Reg.R9);

    private static Registers of(String hook, String body) {
        return Registers.of(RoutineText.read(hook, body + """
                b1:
                  return allow
                b2:
                  return deny
                """));
    }

    private static Reg of(Registers registers, int value) {
        return registers.of(new Value(value));
    }

    @Test
    void contextStaysInR1IfNotClobberedBeforeItsLastRead() {
        Registers behind = of("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = pid_tgid
                  if64 v1 == 0x6 then b1 else b2
                """);
        assertThat(behind.context()).contains(Reg.R1);
    }

    @Test
    void aCallBeforeItsLastReadMovesTheContextToR6() {
        Registers before = of("connect4", """
                b0:
                  v0 = pid_tgid
                  v1 = u32 ctx.protocol
                  if64 v1 == v0 then b1 else b2
                """);
        assertThat(before.context()).contains(InstructionSelector.CONTEXT);
        assertThat(of(before, 0)).isNotEqualTo(InstructionSelector.CONTEXT);
    }

    @Test
    void aCallOnAnotherPathLeavesTheContextInR1() {
        Registers registers = Registers.of(RoutineText.read("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  if64 v0 == 0x6 then b1 else b3
                b1:
                  v1 = pid_tgid
                  if64 v1 == 0x0 then b4 else b5
                b3:
                  v2 = u32 ctx.type
                  if64 v2 == 0x1 then b4 else b5
                b4:
                  return allow
                b5:
                  return deny
                """));
        assertThat(registers.context()).contains(Reg.R1);
    }

    @Test
    void anUnusedContextHasNoRegister() {
        assertThat(of("connect4", """
                b0:
                  v0 = pid_tgid
                  if64 v0 == 0x6 then b1 else b2
                """).context()).isEmpty();
    }

    /** The code of `now` saves r1 itself, but no other register that a call clobbers. */
    @Test
    void codeThatSavesTheContextLeavesItInR1() {
        Registers registers = of("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = now
                  v2 = u32 ctx.type
                  if64 v0 == v2 then b1 else b2
                """);
        assertThat(registers.context()).contains(Reg.R1);
        assertThat(CALLEE_SAVED).contains(of(registers, 0));
    }

    @Test
    void valuesLiveAcrossACallAreInCalleeSavedRegisters() {
        Registers registers = of("connect4", """
                b0:
                  v0 = uid_gid
                  v1 = cgroup
                  v2 = pid_tgid
                  v3 = v0 & 0xffffffff
                  v4 = v1 & 0xffffffff
                  if64 v3 == v4 then b1 else b2
                """);
        assertThat(CALLEE_SAVED).contains(of(registers, 0), of(registers, 1));
        assertThat(of(registers, 0)).isNotEqualTo(of(registers, 1));
    }

    @Test
    void anInPlaceResultReusesTheRegisterOfItsOperand() {
        Registers registers = of("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = v0 >> 3
                  v2 = v1 & 0xffff
                  if64 v2 == 0x1 then b1 else b2
                """);
        assertThat(of(registers, 1)).isEqualTo(of(registers, 0));
        assertThat(of(registers, 2)).isEqualTo(of(registers, 0));
    }

    @Test
    void anInPlaceResultDoesNotOverwriteALiveOperand() {
        Registers registers = of("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = v0 >> 3
                  if64 v1 == v0 then b1 else b2
                """);
        assertThat(of(registers, 1)).isNotEqualTo(of(registers, 0));
    }

    private static String atOnce(int count) {
        String made = IntStream.range(0, count)
                .mapToObj("  v%d = u32 ctx.protocol\n"::formatted)
                .collect(Collectors.joining());
        StringBuilder blocks = new StringBuilder("b0:\n" + made + "  if64 v0 == 0x6 then b10 else b2\n");
        for (int i = 1; i < count; i++) {
            blocks.append(
                    "b%d:\n  if64 v%d == 0x6 then b%d else b2\n".formatted(9 + i, i, i + 1 == count ? 1 : 10 + i));
        }
        return blocks.toString();
    }

    /**
     * Ten values fit, because the context has been read by then. No pass keeps more values live, so
     * a value without a register is a broken invariant.
     */
    @Test
    void tenLiveValuesFitInRegistersAndElevenDoNot() {
        Registers registers = of("connect4", atOnce(10));
        assertThat(IntStream.range(0, 10).mapToObj(i -> of(registers, i))).doesNotHaveDuplicates();
        assertThatIllegalStateException()
                .isThrownBy(() -> of("connect4", atOnce(11)))
                .withMessageContaining("no register is left");
    }

    private static final String DECLARED = """
            policy all
            param a : uid in 1..65535 = 7
            param b : uid in 1..65535 = 8
            param c : port in 1..65535 = 80
            live set nets : net max 64
            live set users : uid max 64
            table led [remote.ip, remote.port] within { 10.0.0.0/8 } : 1..65535 max 64 choices 4 default 10.0.0.1:80
            rate each per uid, gid, remote.ip, remote.port 5/s
            counter by [uid, gid, remote.ip, remote.port] { tries: attempts, last: time } max 64
            counter packets [remote.ip, remote.port, local.port, proto] { bytes: bytes, number: packets } max 64
            """;

    private static final String WHO =
            "(uid == a or gid == 5 or uid == b) and (pid > 7 or cgroup == 9) and (ancestor(1) == 5 or ancestor(2) == 6)";

    /**
     * Returns policies with every test of the caller, followed by tables, rates, keys of many parts
     * and records, in every position.
     */
    static Stream<String> greedy() {
        List<String> all = new ArrayList<>();
        String record = "{ log at most 5/s because \"all\"; count by }";
        for (String ports : List.of("remote.port in { 1, 3, 9, 77 }", "remote.port > 1024 and remote.port < c")) {
            all.add("""
                    egress {
                      deny if %1$s and %2$s and remote.ip in { 10.0.0.0/8, fd00::/9 } %3$s
                      redirect led if %2$s and uid in users within each else deny %3$s
                      allow if remote.ip in nets and uid == a within each else deny EPERM %3$s
                      redirect 127.0.0.1:c if remote.ip in 10.0.0.0/9 and (uid == a or gid == 3 or netns == 7) %3$s
                      redirect [::1]:c if remote.ip in fd00::/9 and pid == 3 %3$s
                      default deny %3$s
                    }
                    """.formatted(WHO, ports, record));
            all.add("""
                    packets egress {
                      deny if uid == a and %s and (len > 100 or mark == 7) and (pid == 5 or cgroup == 6) { log; count packets }
                      deny if remote.ip in nets and ancestor(1) == 7 and local.port == c { log; count packets }
                      default allow { log at most 7/s; count packets }
                    }
                    """.formatted(ports));
        }
        all.add("""
                devices {
                  allow rw if dev in { char 1:3, char 1:5..9, block 8:* } and %s { log because "x" }
                  deny if uid in users { log }
                  default deny { log at most 3/s }
                }
                """.formatted(WHO));
        all.add("""
                sysctl {
                  allow if name glob "net/*/conf/*" and new_value suffix "1" and %s { log }
                  deny if name prefix "kernel/" and uid in users { log at most 3/s }
                  default deny { log }
                }
                """.formatted(WHO));
        all.add("""
                bind {
                  allow if %s and local.port in 1..1024 { log }
                  allow if local.ip in nets and uid in users { log at most 1/s }
                  default deny { log }
                }
                """.formatted(WHO));
        // Two values are joined for a search, in addition to everything that a packet program keeps
        // live.
        String counted = IntStream.range(0, 40)
                .mapToObj(
                        i -> "  allow if icmp.type == %d { count packets; log because \"%d\" }\n".formatted(20 + i, i))
                .collect(Collectors.joining());
        all.add("packets ingress {\n" + counted + "  default deny { count packets }\n}\n"
                + "packets ingress {\n  allow if len == 7\n  default allow { count by; log at most 100/s }\n}\n");
        return all.stream();
    }

    /**
     * The low one of two values may be in a register in which only the joined value is possible.
     */
    @Test
    void aJoinedValueReusesTheRegisterOfADeadOperand() {
        Registers registers = of("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = u32 ctx.type
                  v2 = v0 & 0xffff
                  v3 = join20 v2 v1
                  if64 v3 > 0x6 then b1 else b2
                """);
        assertThat(of(registers, 3)).isIn(of(registers, 2), of(registers, 1));
    }

    @ParameterizedTest
    @MethodSource("greedy")
    void everyPolicyFitsInTheRegisters(String blocks) throws CodeTooLargeException {
        Policy policy = Compiled.policy("greedy.wall", DECLARED + blocks, TARGET);
        List<Set<String>> without = new ArrayList<>(List.of(Set.of(), Set.copyOf(Passes.optional())));
        Passes.optional().forEach(name -> without.add(Set.of(name)));
        for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
            Routine lowered = Lowering.lower(policy, decision, TARGET.oldest());
            for (Set<String> names : without) {
                Routine routine = Passes.without(names, lowered);
                assertNoLiveValueIsClobbered(routine);
                assertThat(CodeGenerator.generate(routine, TARGET).insns()).isNotEmpty();
            }
        }
    }

    @Test
    void noLiveValueIsClobberedInRandomDiagrams() {
        Random random = new Random(20261126);
        for (int i = 0; i < 60; i++) {
            Hook hook = List.of(Hook.CONNECT4, Hook.CONNECT6, Hook.SOCK_CREATE, Hook.DEVICE, Hook.SYSCTL)
                    .get(i % 5);
            Policy policy = Compiled.policy("random.wall", CodeAgainstDiagramTest.POLICY, TARGET);
            HookDecision decision = new RandomDecisions(random, hook, policy.params()).generate();
            assertNoLiveValueIsClobbered(Passes.run(Lowering.lower(policy, decision, TARGET.oldest())));
        }
    }

    /** Checks that everything live after an instruction satisfies {@link RegisterConstraints}. */
    private static void assertNoLiveValueIsClobbered(Routine routine) {
        Registers registers = Registers.of(routine);
        Liveness liveness = new Liveness(routine);
        for (BasicBlock block : routine.blocks()) {
            for (Instruction instruction : block.instructions()) {
                Liveness.Live after = liveness.after(instruction);
                RegisterConstraints convention = RegisterConstraints.of(instruction);
                List<Reg> living = after.values().stream().map(registers::of).toList();
                assertThat(living)
                        .as("%s: %s", block.id(), instruction)
                        .doesNotHaveDuplicates()
                        .doesNotContain(registers.of(instruction.result()))
                        .noneMatch(convention.destroyed()::contains);
                if (after.context()) {
                    Optional<Reg> context = registers.context();
                    boolean lost = convention.context() != RegisterConstraints.Context.SAVED
                            && convention.destroyed().contains(context.orElseThrow());
                    assertThat(lost).as("the context behind %s", instruction).isFalse();
                    assertThat(living).doesNotContain(context.orElseThrow());
                    assertThat(context).isNotEqualTo(Optional.of(registers.of(instruction.result())));
                }
            }
        }
    }
}
