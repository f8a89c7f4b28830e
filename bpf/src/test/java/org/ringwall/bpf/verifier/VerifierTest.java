// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSamples;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;

/**
 * A test of the programs that the check accepts and rejects; instructions are separated by bars.
 */
class VerifierTest {
    private static final KernelVersion OLD = KernelVersion.V5_10;

    /** A lookup of key 0 in `counts`, whose wide load has the number 0. */
    private static final String LOOKUP = "*(u32 *)(r10 -4) = 0 | r1 = 0x0 | r2 = r10 | r2 += -4 | call #1 | ";

    private static List<Insn> program(String code) throws InsnSyntaxException {
        return InsnParser.program(code.replace('|', '\n'));
    }

    private static List<String> check(Hook hook, String code) throws InsnSyntaxException {
        return shown(Verifier.check(hook, OLD, program(code)));
    }

    private static List<String> shown(List<Violation> violations) {
        return violations.stream()
                .map(violation -> violation.slot() + " " + violation.demand())
                .toList();
    }

    /**
     * Returns the violations of a program whose wide loads of 0 refer to the map `counts`, with
     * values of 16 bytes and a lock in the first 4, and those of 1 to the ring.
     */
    private static List<String> checkWithMaps(String code) throws InsnSyntaxException {
        BtfBuilder types = new BtfBuilder();
        int word = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int wide = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        int lock = types.struct("bpf_spin_lock", 4, List.of(new BtfType.Member("val", word, 0, 0)));
        int value = types.struct(
                "value", 16, List.of(new BtfType.Member("lock", lock, 0, 0), new BtfType.Member("count", wide, 64, 0)));
        MapSpec counts = new MapSpec("counts", MapType.ARRAY, 4, 16, 1, 0).typed(word, value);
        MapSpec ring = new MapSpec("ring", MapType.RINGBUF, 0, 0, 4096, 0);
        List<Insn> insns = new ArrayList<>();
        List<Relocation> relocations = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program(code)) {
            if (insn instanceof Insn.LoadImm64 load) {
                relocations.add(new Relocation(slot, load.value() == 0 ? "counts" : "ring", 0));
                insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), 0));
            } else {
                insns.add(insn);
            }
            slot += insn.slots();
        }
        ProgramSpec program = new ProgramSpec("program", "cgroup/dev", insns, relocations, List.of(), 0);
        BpfObject object = new BpfObject(
                ByteOrder.LITTLE_ENDIAN, "GPL", List.of(program), List.of(counts, ring), List.of(), types.build());
        return shown(Verifier.check(object, program, OLD));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r0 = 1 | exit",
                "r6 = r1 | r2 = *(u32 *)(r6 +4) | r0 = 1 | exit",
                "*(u64 *)(r10 -8) = 0 | r1 = *(u32 *)(r10 -4) | r0 = 1 | exit",
                "r2 = r10 | r2 += -8 | r3 = 7 | *(u64 *)(r2 +0) = r3 | r0 = *(u64 *)(r10 -8) | r0 &= 1 | exit",
                "r2 = 0 | r2 += 1 | if r2 != 0xa goto pc-2 | r0 = 0 | exit",
                "r1 += 4 | r1 += -4 | r2 = *(u32 *)(r1 +0) | r0 = 1 | exit",
                "*(u64 *)(r10 -8) = r1 | r6 = *(u64 *)(r10 -8) | r2 = *(u32 *)(r6 +4) | r0 = 1 | exit",
                "call #15 | r0 >>= 63 | exit",
                "call #15 | r0 >>= 63 | r0 ^= 1 | exit"
            })
    void acceptsSoundCode(String code) throws InsnSyntaxException {
        assertThat(check(Hook.DEVICE, code)).isEmpty();
    }

    @Test
    void aHelperMayOverwriteASpilledPointer() throws InsnSyntaxException {
        String written = "*(u64 *)(r10 -8) = r1 | r2 = r10 | r2 += -8 | r3 = 8 | call #102 | ";
        assertThat(check(Hook.SYSCTL, written + "r2 = *(u64 *)(r10 -8) | r2 += 1 | r0 = 1 | exit"))
                .isEmpty();
        assertThat(check(Hook.SYSCTL, written + "r2 = *(u64 *)(r10 -8) | r2 = *(u32 *)(r2 +0) | r0 = 1 | exit"))
                .as("it is a number then")
                .contains("6 POINTER");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            exit                                                            ; 0 SET_REGISTER
            r0 = r2 | r0 = 1 | exit                                         ; 0 SET_REGISTER
            r2 = *(u32 *)(r1 +0) | if r2 == 0x0 goto pc+1 | r0 = 1 | exit   ; 3 SET_REGISTER
            call #15 | r2 = r1 | r0 = 1 | exit                              ; 1 SET_REGISTER
            r0 = *(u64 *)(r10 -8) | r0 = 1 | exit                           ; 0 SET_STACK
            *(u32 *)(r10 -8) = 0 | r0 = *(u64 *)(r10 -8) | r0 = 1 | exit    ; 1 SET_STACK
            *(u64 *)(r10 -4) = 0 | r0 = 0 | exit                            ; 0 STACK_SIZE
            *(u64 *)(r10 -20) = 0 | r0 = 0 | exit                           ; 0 STACK_SIZE
            *(u64 *)(r10 -520) = 0 | r0 = 0 | exit                          ; 0 STACK_SIZE
            r1 += 4 | r2 = *(u32 *)(r1 +0) | r0 = 1 | exit                  ; 1 UNCHANGED_CONTEXT
            *(u64 *)(r10 -8) = r1 | r2 = *(u32 *)(r10 -8) | r0 = 1 | exit   ; 1 POINTER
            r1 *= 2 | r0 = 1 | exit                                         ; 0 POINTER
            r2 = 4096 | r3 = *(u32 *)(r2 +0) | r0 = 1 | exit                ; 1 POINTER
            r0 = 2 | exit                                                   ; 1 RETURN_RANGE
            r0 = r1 | exit                                                  ; 1 RETURN_RANGE
            call #15 | exit                                                 ; 1 RETURN_RANGE
            call pc+1 | exit | r0 = 1 | exit                                ; 0 INSTRUCTION
            r2 = *(s8 *)(r1 +0) | r0 = 1 | exit                             ; 0 INSTRUCTION
            r2 = 0 | r2 += 2 | if r2 != 0x8 goto pc-2 | r0 = 0 | exit       ; 2 COUNTED_LOOPS
            r2 = 9 | r2 += 1 | if r2 != 0x8 goto pc-2 | r0 = 0 | exit       ; 1 COUNTED_LOOPS
            """)
    void refuses(String code, String violation) throws InsnSyntaxException {
        assertThat(check(Hook.DEVICE, code)).contains(violation);
    }

    @Test
    void refusesAPointerThatIsNullOnOneOfTwoPaths() throws InsnSyntaxException {
        String sk = "r4 = *(u32 *)(r1 +8) | *(u64 *)(r10 -8) = 0 | if r4 == 0x0 goto pc+2 | r2 = *(u64 *)(r1 +168) "
                + "| goto pc+2 | r2 = r10 | r2 += -8 | ";
        assertThat(check(Hook.SKB_EGRESS, sk + "r3 = *(u32 *)(r2 +0) | r0 = 1 | exit"))
                .contains("7 NULL_CHECK");
        assertThat(check(Hook.SKB_EGRESS, sk + "if r2 == 0x0 goto pc+0 | r3 = *(u32 *)(r2 +0) | r0 = 1 | exit"))
                .isNotEmpty();
        assertThat(check(Hook.SKB_EGRESS, sk + "r0 = 1 | exit")).isEmpty();
    }

    @Test
    void requiresANullCheckBeforeReadingAMapValue() throws InsnSyntaxException {
        String end = "r2 = *(u64 *)(r0 +8) | r0 = 1 | exit";
        assertThat(checkWithMaps(LOOKUP + end)).contains("6 NULL_CHECK");
        assertThat(checkWithMaps(LOOKUP + "if r0 == 0x0 goto pc+1 | " + end)).isEmpty();
        assertThat(checkWithMaps(LOOKUP + "if r0 != 0x0 goto pc+1 | " + end)).contains("7 POINTER");
        assertThat(checkWithMaps(LOOKUP + "r6 = r0 | if r6 == 0x0 goto pc+1 | " + end))
                .isEmpty();
        assertThat(checkWithMaps(LOOKUP + "if r0 == 0x0 goto pc+1 | r2 = *(u64 *)(r0 +12) | r0 = 1 | exit"))
                .contains("7 BOUNDS");
        assertThat(checkWithMaps(LOOKUP + "if r0 == 0x0 goto pc+1 | r2 = *(u32 *)(r0 +0) | r0 = 1 | exit"))
                .contains("7 BOUNDS");
    }

    @Test
    void checksHelperArgumentsAgainstTheirPrototypes() throws InsnSyntaxException {
        assertThat(checkWithMaps("r1 = 0x0 | r2 = r10 | r2 += -4 | call #1 | r0 = 1 | exit"))
                .contains("4 SET_STACK");
        assertThat(checkWithMaps("r1 = 0x1 | *(u32 *)(r10 -4) = 0 | r2 = r10 | r2 += -4 | call #1 | r0 = 1 | exit"))
                .contains("5 ARGUMENT");
        assertThat(checkWithMaps("r1 = 0x0 | r2 = 0 | call #1 | r0 = 1 | exit")).contains("3 ARGUMENT");
        assertThat(check(Hook.CONNECT4, "r1 = r10 | r1 += -16 | r2 = 17 | call #16 | r0 = 1 | exit"))
                .contains("3 STACK_SIZE");
        assertThat(check(
                        Hook.CONNECT4,
                        "r1 = r10 | r1 += -16 | r2 = 16 | call #16 | r0 = *(u64 *)(r10 -16) " + "| r0 >>= 63 | exit"))
                .isEmpty();
        assertThat(check(Hook.CONNECT4, "r1 = r10 | r1 += -16 | r2 = 0 | call #16 | r0 = 1 | exit"))
                .contains("3 ARGUMENT");
    }

    @Test
    void requiresThatALockIsReleasedAndForbidsCallsUnderIt() throws InsnSyntaxException {
        String locked = LOOKUP + "if r0 == 0x0 goto pc+X | r6 = r0 | r1 = r0 | call #93 | ";
        assertThat(checkWithMaps(locked.replace("X", "5") + "r1 = r6 | call #94 | r0 = 1 | exit"))
                .isEmpty();
        assertThat(checkWithMaps(locked.replace("X", "3") + "r0 = 1 | exit")).contains("11 RELEASE");
        assertThat(checkWithMaps(locked.replace("X", "6") + "call #5 | r1 = r6 | call #94 | r0 = 1 | exit"))
                .contains("10 RELEASE");
        assertThat(checkWithMaps(locked.replace("X", "6") + "r1 = r6 | r1 += 8 | call #94 | r0 = 1 | exit"))
                .contains("12 ARGUMENT");
    }

    @Test
    void requiresThatARecordIsReleasedOnEveryPath() throws InsnSyntaxException {
        String reserved = "r1 = 0x1 | r2 = 16 | r3 = 0 | call #131 | if r0 == 0x0 goto pc+";
        assertThat(checkWithMaps(reserved + "3 | r1 = r0 | r2 = 0 | call #132 | r0 = 1 | exit"))
                .isEmpty();
        assertThat(checkWithMaps(reserved + "0 | r0 = 1 | exit")).contains("7 RELEASE");
        assertThat(checkWithMaps(reserved + "4 | r1 = r0 | r1 += 8 | r2 = 0 | call #132 | r0 = 1 | exit"))
                .contains("9 ARGUMENT");
        assertThat(checkWithMaps(reserved + "5 | r6 = r0 | r1 = r0 | r2 = 0 | call #132 | *(u64 *)(r6 +0) = 0 "
                        + "| r0 = 1 | exit"))
                .contains("10 POINTER");
        assertThat(checkWithMaps(reserved + "4 | *(u64 *)(r0 +16) = 0 | r1 = r0 | r2 = 0 | call #132 | r0 = 1 | exit"))
                .contains("6 BOUNDS");
    }

    @Test
    void allowsPacketReadsUpToTheComparedLength() throws InsnSyntaxException {
        String open = "r2 = *(u32 *)(r1 +76) | r3 = *(u32 *)(r1 +80) | r4 = r2 | r4 += 20 | ";
        assertThat(check(Hook.SKB_EGRESS, open + "if r4 > r3 goto pc+1 | r5 = *(u32 *)(r2 +16) | r0 = 1 | exit"))
                .isEmpty();
        assertThat(check(Hook.SKB_EGRESS, open + "if r4 > r3 goto pc+1 | r5 = *(u32 *)(r2 +17) | r0 = 1 | exit"))
                .contains("5 BOUNDS");
        assertThat(check(Hook.SKB_EGRESS, open + "if r4 <= r3 goto pc+1 | r5 = *(u32 *)(r2 +16) | r0 = 1 | exit"))
                .contains("5 BOUNDS");
        assertThat(check(Hook.SKB_EGRESS, open + "if r4 > r3 goto pc+1 | *(u32 *)(r2 +16) = 1 | r0 = 1 | exit"))
                .contains("5 POINTER");
    }

    /**
     * Fields of a TCP socket can be read by their offsets, which a loader changes; other bytes have
     * no offset that is known on every kernel.
     */
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            2; r0 += 1576 | r2 = *(u32 *)(r0 +0) | ; ''
            2; r0 += 96 | r2 = *(u64 *)(r0 +0) |   ; ''
            2; r0 += 18 | r2 = *(u8 *)(r0 +0) |    ; ''
            2; r1 = r0 | call #137 |               ; ''
            2; r0 += 1576 | r2 = *(u64 *)(r0 +0) | ; 5 BOUNDS
            2; r0 += 1580 | r2 = *(u32 *)(r0 +0) | ; 5 BOUNDS
            2; r0 += 1576 | *(u32 *)(r0 +0) = 1 |  ; 5 POINTER
            1; r2 = *(u8 *)(r0 +18) |              ; 4 POINTER
            """)
    void allowsReadsOfKnownFieldsOfATcpSocket(int reads, String code, String violation) throws InsnSyntaxException {
        String cast = "r1 = *(u64 *)(r1 +184) | if r1 == 0x0 goto pc+%d | call #137 | if r0 == 0x0 goto pc+%d | "
                .formatted(reads + 2, reads);
        assertThat(check(Hook.SOCK_OPS, cast + code + "r0 = 1 | exit"))
                .isEqualTo(violation.isEmpty() ? List.of() : List.of(violation));
    }

    @Test
    void requiresASocketToCastAndANullCheckOfTheTcpSocket() throws InsnSyntaxException {
        String end = "r0 = 1 | exit";
        String cast = "r1 = *(u64 *)(r1 +184) | if r1 == 0x0 goto pc+3 | call #137 | ";
        assertThat(check(Hook.SOCK_OPS, cast + "r0 += 18 | r2 = *(u8 *)(r0 +0) | " + end))
                .contains("3 POINTER");
        assertThat(check(Hook.SOCK_OPS, cast + "r2 = *(u8 *)(r0 +18) | r2 = 0 | " + end))
                .contains("3 NULL_CHECK");
        assertThat(check(Hook.SOCK_OPS, "r1 = *(u64 *)(r1 +184) | call #137 | " + end))
                .containsExactly("1 NULL_CHECK");
        assertThat(check(Hook.SOCK_OPS, "call #137 | " + end)).containsExactly("0 ARGUMENT");
        assertThat(check(Hook.SOCK_OPS, "r1 = r10 | call #137 | " + end)).containsExactly("1 ARGUMENT");
    }

    /** A helper without a prototype is rejected, whatever its arguments. */
    @ParameterizedTest
    @EnumSource
    void acceptsExactlyTheAvailableHelpersWithAPrototype(Helper helper) {
        List<Violation> violations = Verifier.check(
                Hook.CONNECT4, KernelVersion.V6_12, List.of(new Insn.CallHelper(helper.id()), new Insn.Exit()));
        boolean known = helper.prototype().isPresent() && helper.availableAt(Hook.CONNECT4, KernelVersion.V6_12);
        assertThat(violations.stream().anyMatch(violation -> violation.demand() == VerifierAssertion.HELPER))
                .isEqualTo(!known);
        assertThat(violations).isNotEmpty();
    }

    @Test
    void checksRandomProgramsWithoutThrowing() {
        Random random = new Random(21);
        for (int round = 0; round < 300; round++) {
            List<Insn> wild = InsnSamples.random(random, 1 + random.nextInt(30));
            for (Violation violation : Verifier.check(Hook.DEVICE, OLD, wild)) {
                assertThat(violation.message()).isNotBlank();
            }
        }
    }
}
