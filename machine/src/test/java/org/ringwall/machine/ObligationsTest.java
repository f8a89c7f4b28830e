// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.machine.MapRuns.KEY;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.trap;

import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.KernelVersion;

/** A test of locks and records: each is released by its owner, and several runs alternate. */
class ObligationsTest {
    private static final String END = "r0 = 1; exit";

    /** r6 is the value of a bucket; r7 is the same value from a second lookup. */
    private static final String BUCKET =
            "r1 = &buckets;" + KEY + "call #1; if r0 == 0x0 goto pc+9; r6 = r0; r1 = &buckets;"
                    + "r2 = r10; r2 += -4; call #1; if r0 != 0x0 goto pc+2; r0 = 1; exit; r7 = r0;";

    private static final String LOCK = "r1 = r6; r1 += 4; call #93;";
    private static final String UNLOCK = "r1 = r6; r1 += 4; call #94;";
    private static final String RESERVE =
            "r1 = &ring; r2 = 16; r3 = 0; call #131; if r0 != 0x0 goto pc+2; r0 = 1; exit; r6 = r0;";
    private static final String SUBMIT = "r1 = r6; r2 = 0; call #132;";
    private static final String DISCARD = "r1 = r6; r2 = 0; call #133;";

    private final MapRuns runs = new MapRuns(ByteOrder.LITTLE_ENDIAN);

    @Test
    void updatesAValueUnderItsLock() {
        returned(runs.run(BUCKET + LOCK + "r8 = *(u64 *)(r6 +8); r8 += 1; *(u64 *)(r6 +8) = r8;" + UNLOCK + END));
        assertThat(runs.keyed("buckets").lookup(new byte[] {1, 0, 0, 0}).orElseThrow()[8])
                .isEqualTo((byte) 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "LOCK                                      @ bpf_spin_unlock is missing",
                "LOCK call #5; UNLOCK                      @ function calls are not allowed while holding a lock",
                "LOCK LOCK                                 @ Locking two bpf_spin_locks are not allowed",
                "LOCK r1 = r7; r1 += 4; call #94;          @ bpf_spin_unlock of different lock",
                "UNLOCK                                    @ bpf_spin_unlock without taking a lock",
                "r1 = r6; call #93;                        @ off 0 doesn't point to 'struct bpf_spin_lock' that is at 4",
                "r8 = *(u32 *)(r6 +4);                     @ bpf_spin_lock cannot be accessed directly",
                "r8 = *(u64 *)(r6 +0);                     @ bpf_spin_lock cannot be accessed directly",
                "*(u32 *)(r6 +4) = 0;                      @ bpf_spin_lock cannot be accessed directly",
                "r8 = 1; lock *(u32 *)(r6 +4) += r8;       @ bpf_spin_lock cannot be accessed directly",
                "r1 = r6; r2 = 16; call #16;               @ bpf_spin_lock cannot be accessed directly",
                "r1 = r10; r1 += -4; call #93;             @ R1 type=stack-4 expected=map_value",
            })
    void refusesWrongLocking(String text, String message) {
        String body = text.replace("UNLOCK", UNLOCK).replace("LOCK", LOCK);
        assertThat(trap(runs.run(BUCKET + body + END)).message()).contains(message);
    }

    @Test
    void refusesToLockAValueWithoutALock() {
        String text = "r1 = &ARRAY;" + KEY + "call #1; if r0 == 0x0 goto pc+2; r1 = r0; call #93;" + END;
        assertThat(trap(runs.run(text)).message()).contains("no valid bpf_spin_lock");
    }

    @Test
    void allowsStaticFunctionCallsUnderALockFromLinux69On() {
        String text = BUCKET + LOCK + "call pc+5;" + UNLOCK + END + "; r0 = 0; exit";
        returned(runs.run(text));
        assertThat(trap(runs.run(text, Environment.of(KernelVersion.V5_10))).message())
                .isEqualTo("function calls are not allowed while holding a lock");
    }

    @Test
    void recordsAreReadInTheOrderOfTheirReservation() {
        String fill = "*(u64 *)(r6 +0) = %d; *(u64 *)(r6 +8) = 0;";
        returned(runs.run(RESERVE + fill.formatted(1) + SUBMIT + END));
        returned(runs.run(RESERVE + fill.formatted(2) + DISCARD + END));
        returned(runs.run("*(u64 *)(r10 -8) = 3; r1 = &ring; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call #130;" + END));
        List<byte[]> records = runs.ring().drain();
        assertThat(records).hasSize(2);
        assertThat(records.get(0)).hasSize(16).startsWith(1);
        assertThat(records.get(1)).isEqualTo(new byte[] {3, 0, 0, 0, 0, 0, 0, 0});
        assertThat(runs.result("r1 = &ring; r2 = 2; call #134; ", "ringbuf_query", NEWEST))
                .isEqualTo(24 + 24 + 16);
    }

    @Test
    void reservationAndOutputFailOnAFullRing() {
        String output = "*(u64 *)(r10 -8) = 3; r1 = &ring; r2 = r10; r2 += -8; r3 = 8; r4 = %d; call #130; ";
        assertThat(runs.result(output.formatted(4), "ringbuf_output", NEWEST)).isEqualTo(-Errno.EINVAL.number());
        for (int index = 0; index < 255; index++) {
            assertThat(runs.result(output.formatted(0), "ringbuf_output", NEWEST))
                    .isZero();
        }
        assertThat(runs.result(output.formatted(0), "ringbuf_output", NEWEST)).isEqualTo(-Errno.EAGAIN.number());
        assertThat(returned(runs.run(RESERVE + SUBMIT + END)).r0()).isEqualTo(1);
        assertThat(runs.ring().refused()).isEqualTo(2);
        assertThat(runs.ring().drain()).hasSize(255);
        String flagged = RESERVE.replace("r3 = 0", "r3 = 1") + SUBMIT + END;
        assertThat(returned(runs.run(flagged)).calls()).hasSize(1);
        assertThat(runs.ring().refused())
                .as("flags are not counted as lack of room")
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "RESERVE                                   @ Unreleased reference alloc_insn=",
                "RESERVE SUBMIT SUBMIT                     @ R1 must be referenced",
                "RESERVE SUBMIT DISCARD                    @ R1 must be referenced",
                "RESERVE SUBMIT r8 = *(u64 *)(r6 +0);      @ invalid mem access 'scalar'",
                "RESERVE r1 = r6; r1 += 8; r2 = 0; call #132; @ R1 must have zero offset",
                "RESERVE r1 = r10; r2 = 0; call #132;      @ R1 must be referenced",
                "RESERVE r8 = *(u64 *)(r6 +16);            @ invalid access to ringbuf_mem, off=16 size=8",
                "RESERVE *(u64 *)(r6 +0) = r10;            @ leaks address of stack",
                "r1 = &ring; r2 = 16; r3 = 0; call #131; r1 = r0; r2 = 0; call #132; @ _or_null",
                "r1 = &ring; r2 = 16; r3 = 0; call #131;   @ Unreleased reference alloc_insn=",
                "call #8; r2 = r0; r1 = &ring; r3 = 0; call #131; @ R2 is not a known constant",
                "r1 = &ARRAY; r2 = 16; r3 = 0; call #131;  @ cannot pass map_type 2 into func bpf_ringbuf_reserve#131",
                "r1 = &ring; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call #130; @ not initialised",
                "RESERVE SUBMIT r0 += 1;                   @ r0 !read_ok",
            })
    void refusesWrongUseOfRecords(String text, String message) {
        String body = text.replace("RESERVE", RESERVE).replace("SUBMIT", SUBMIT).replace("DISCARD", DISCARD);
        assertThat(trap(runs.run(body + END)).message()).contains(message);
    }

    @Test
    void acceptsASizeThatAComparisonMadeConstant() {
        String text = "call #8; if r0 == 0 goto pc+2; r0 = 1; exit; r2 = r0; r2 += 8; r1 = &ring; r3 = 0; call #131;"
                + "if r0 == 0x0 goto pc+3; r1 = r0; r2 = 0; call #132;" + END;
        returned(runs.run(text));
        assertThat(runs.ring().drain())
                .singleElement()
                .satisfies(bytes -> assertThat(bytes).hasSize(8));
    }

    private static final String COUNT = "r8 = *(u64 *)(r6 +8); r8 += 1; *(u64 *)(r6 +8) = r8;";

    @Test
    void aRunWaitsForTheLockOfAnother() {
        String text = BUCKET + LOCK + COUNT + UNLOCK + END;
        Run first = runs.start(text, NEWEST);
        Run second = runs.start(text, NEWEST.on(1));
        while (!holds()) {
            assertThat(first.step()).isEqualTo(Run.Step.RAN);
        }
        Run.Step step = second.step();
        while (step == Run.Step.RAN) {
            step = second.step();
        }
        assertThat(step).isEqualTo(Run.Step.WAITS);
        int executed = second.slot();
        assertThat(second.step()).isEqualTo(Run.Step.WAITS);
        assertThat(second.slot()).isEqualTo(executed);
        assertThat(second.outcome()).isEmpty();
        returned(first.finish());
        returned(second.finish());
        assertThat(first.step()).isEqualTo(Run.Step.ENDED);
        assertThat(count()).isEqualTo(2);
    }

    private boolean holds() {
        return runs.keyed("buckets").holder(new byte[] {1, 0, 0, 0}).isPresent();
    }

    private int count() {
        return runs.keyed("buckets").lookup(new byte[] {1, 0, 0, 0}).orElseThrow()[8];
    }

    @Test
    void concurrentIncrementsLoseACountUnlessAtomic() {
        for (boolean atomic : List.of(false, true)) {
            MapRuns own = new MapRuns(ByteOrder.LITTLE_ENDIAN);
            String text = BUCKET + (atomic ? "r8 = 1; lock *(u64 *)(r6 +8) += r8;" : COUNT) + END;
            Run first = own.start(text, NEWEST);
            Run second = own.start(text, NEWEST.on(1));
            while (first.step() == Run.Step.RAN && second.step() == Run.Step.RAN) {
                assertThat(first.outcome()).isEmpty();
            }
            returned(first.finish());
            returned(second.finish());
            assertThat(own.keyed("buckets").lookup(new byte[] {1, 0, 0, 0}).orElseThrow()[8])
                    .isEqualTo((byte) (atomic ? 2 : 1));
        }
    }

    @Test
    void trapsOnALockThatAnUnfinishedRunHolds() {
        Run first = runs.start(BUCKET + LOCK + UNLOCK + END, NEWEST);
        while (!holds()) {
            first.step();
        }
        assertThat(trap(runs.run(BUCKET + LOCK + UNLOCK + END)).message())
                .isEqualTo("the lock is held by a run that has not ended");
        returned(first.finish());
    }
}
