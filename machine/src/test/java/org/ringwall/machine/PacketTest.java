// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.code;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.trap;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Hook;

/**
 * A test that bytes between a pair of pointers are read only after a comparison with the end has
 * proved that they exist.
 */
class PacketTest {
    private static final String START = "r1 = *(u64 *)(r6 +8)";
    private static final String END = "r2 = *(u64 *)(r6 +16)";

    private static Outcome run(byte[] value, String... lines) {
        return Machine.run(
                code(lines),
                Hook.SETSOCKOPT,
                Context.option(ByteOrder.LITTLE_ENDIAN, 1, 36, value.length, value),
                NEWEST);
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "3, 0", "0, 0"})
    void readsAfterAComparisonWithTheEnd(int size, int shown) {
        byte[] value = new byte[size];
        Outcome outcome = run(
                value,
                "r6 = r1",
                "r0 = 0",
                START,
                END,
                "r1 += 4",
                "if r1 > r2 goto pc+2",
                "r3 = *(u32 *)(r1 -4)",
                "r0 = 1",
                "exit");
        assertThat(returned(outcome).r0()).isEqualTo(shown);
    }

    @Test
    void refusesReadsWithoutAComparison() {
        Outcome outcome = run(new byte[16], "r6 = r1", START, "r0 = *(u32 *)(r1 +0)", "exit");
        assertThat(trap(outcome).message()).isEqualTo("invalid access to packet, off=0 size=4, r=0");
    }

    @Test
    void refusesReadsBeyondTheComparedLength() {
        Outcome outcome = run(
                new byte[16],
                "r6 = r1",
                START,
                END,
                "r3 = r1",
                "r3 += 4",
                "if r3 > r2 goto pc+1",
                "r0 = *(u64 *)(r1 +0)",
                "r0 = 1",
                "exit");
        assertThat(trap(outcome).message()).isEqualTo("invalid access to packet, off=0 size=8, r=4");
    }

    /** `if (end >= pointer)` and similar comparisons prove the same. */
    @ParameterizedTest
    @CsvSource({
        "if r2 >= r1 goto pc+1, 1",
        "if r1 <= r2 goto pc+1, 1",
        "if r2 > r1 goto pc+1, 0",
        "if r1 < r2 goto pc+1, 0",
        "if r1 >= r2 goto pc+1, 1"
    })
    void comparesInEitherDirection(String comparison, int taken) {
        Outcome outcome = run(new byte[4], "r6 = r1", START, END, "r1 += 4", "r0 = 1", comparison, "r0 = 0", "exit");
        assertThat(returned(outcome).r0()).isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource({"if r1 == r2 goto pc+0", "if r1 s> r2 goto pc+0", "if r1 > r6 goto pc+0"})
    void refusesOtherPointerComparisons(String comparison) {
        Outcome outcome = run(new byte[4], "r6 = r1", START, END, comparison, "r0 = 1", "exit");
        assertThat(trap(outcome).message()).isEqualTo("pointer comparison prohibited");
    }

    @Test
    void refusesArithmeticOnTheEndPointer() {
        Outcome outcome = run(new byte[4], "r6 = r1", END, "r2 += 4", "r0 = 1", "exit");
        assertThat(trap(outcome).message()).isEqualTo("pointer arithmetic on pkt_end prohibited");
    }
}
