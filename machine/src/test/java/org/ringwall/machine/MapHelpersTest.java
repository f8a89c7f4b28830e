// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.machine.MapRuns.KEY;
import static org.ringwall.machine.MapRuns.VALUE;
import static org.ringwall.machine.Runs.NEWEST;
import static org.ringwall.machine.Runs.returned;
import static org.ringwall.machine.Runs.trap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.SocketStorage;

/** A test of the helpers on maps, and of calls that the verifier rejects. */
class MapHelpersTest {
    private static final String LOOKUP = KEY + "call #1; if r0 == 0x0 goto pc+%d; ";
    private static final String END = "r0 = 1; exit";

    private final MapRuns runs = new MapRuns(ByteOrder.LITTLE_ENDIAN);

    static Stream<ByteOrder> orders() {
        return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
    }

    private static byte[] word(ByteOrder order, int number) {
        return ByteBuffer.allocate(4).order(order).putInt(number).array();
    }

    private static long number(KeyedMap map, ByteOrder order, int cpu) {
        return ByteBuffer.wrap(map.lookup(word(order, 1), cpu).orElseThrow())
                .order(order)
                .getLong();
    }

    @ParameterizedTest
    @MethodSource("orders")
    void programsShareTheValuesOfAMap(ByteOrder order) {
        for (String map : List.of("ARRAY", "PERCPU_ARRAY", "HASH", "PERCPU_HASH", "LRU_HASH")) {
            MapRuns own = new MapRuns(order);
            String update = "r1 = &" + map + ";" + KEY + VALUE + "r4 = 0; call #2; ";
            assertThat(own.result(update, "map_update_elem", NEWEST.on(1))).isZero();
            assertThat(number(own.keyed(map), order, 1)).isEqualTo(7);
            assertThat(number(own.keyed(map), order, 0)).isEqualTo(map.startsWith("PERCPU") ? 0 : 7);
            String read =
                    "r1 = &" + map + ";" + LOOKUP.formatted(2) + "r1 = *(u64 *)(r0 +0); *(u64 *)(r0 +0) = 9;" + END;
            returned(own.run(read, NEWEST.on(1)));
            assertThat(number(own.keyed(map), order, 1)).isEqualTo(9);
        }
    }

    @Test
    void returnsNegativeErrnos() {
        String update = "r1 = &HASH;" + KEY + VALUE + "r4 = %d; call #2; ";
        assertThat(runs.result(update.formatted(2), "map_update_elem", NEWEST)).isEqualTo(-Errno.ENOENT.number());
        assertThat(runs.result(update.formatted(1), "map_update_elem", NEWEST)).isZero();
        assertThat(runs.result(update.formatted(1), "map_update_elem", NEWEST)).isEqualTo(-Errno.EEXIST.number());
        assertThat(runs.result(update.formatted(4), "map_update_elem", NEWEST)).isEqualTo(-Errno.EINVAL.number());
        String delete = "r1 = &HASH;" + KEY + "call #3; ";
        assertThat(runs.result(delete, "map_delete_elem", NEWEST)).isZero();
        assertThat(runs.result(delete, "map_delete_elem", NEWEST)).isEqualTo(-Errno.ENOENT.number());
        for (int key = 2; key <= 3; key++) {
            assertThat(runs.keyed("HASH").put(word(ByteOrder.LITTLE_ENDIAN, key), new byte[8]))
                    .isEmpty();
        }
        assertThat(runs.result(update.formatted(0), "map_update_elem", NEWEST)).isEqualTo(-Errno.E2BIG.number());
    }

    @ParameterizedTest
    @CsvSource({"ARRAY, 2", "HASH, 1"})
    void returnsNullForAMissingKey(String map, int key) {
        String lookup = "r1 = &" + map + "; *(u32 *)(r10 -4) = " + key + "; r2 = r10; r2 += -4; call #1; ";
        assertThat(runs.result(lookup, "map_lookup_elem", NEWEST)).isZero();
    }

    @Test
    void looksUpTheValueOfAnotherCpu() {
        runs.keyed("PERCPU_ARRAY").update(word(ByteOrder.LITTLE_ENDIAN, 1), new byte[] {5, 0, 0, 0, 0, 0, 0, 0}, 0, 1);
        String read = "r1 = &PERCPU_ARRAY;" + KEY + "r3 = %d; call #195; ";
        String body = read + "if r0 == 0x0 goto pc+2; r0 = *(u64 *)(r0 +0); r0 >>= 2; exit";
        assertThat(returned(runs.run(body.formatted(1))).r0()).isEqualTo(1);
        assertThat(returned(runs.run(body.formatted(0))).r0()).isZero();
        assertThat(returned(runs.run(body.formatted(2))).r0()).isZero();
        assertThat(trap(runs.run(body.formatted(0).replace("PERCPU_ARRAY", "ARRAY")))
                        .message())
                .isEqualTo("cannot pass map_type 2 into func bpf_map_lookup_percpu_elem#195");
        Environment old = Environment.of(KernelVersion.V5_10);
        assertThat(trap(runs.run(body.formatted(0), old)).message()).contains("cannot use helper #195");
    }

    @Test
    void looksUpAnInnerMapAndItsValue() {
        String text = "r1 = &outer;" + KEY + "call #1; if r0 == 0x0 goto pc+6; r1 = r0; r2 = r10; r2 += -4; call #1;"
                + "if r0 == 0x0 goto pc+1; r0 = *(u64 *)(r0 +0); exit";
        assertThat(returned(runs.run(text)).r0()).as("an empty element").isZero();
        KeyedMap inner = runs.outer().newInner();
        inner.put(word(ByteOrder.LITTLE_ENDIAN, 1), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
        assertThat(runs.outer().put(1, inner)).isEmpty();
        assertThat(returned(runs.run(text)).r0()).isEqualTo(1);
        String unchecked = "r1 = &outer;" + KEY + "call #1; r1 = r0; r2 = r10; r2 += -4; call #1;" + END;
        assertThat(trap(runs.run(unchecked)).message()).contains("_or_null");
    }

    @ParameterizedTest
    @MethodSource("orders")
    void atomicsChangeValuesAndFetchOldOnes(ByteOrder order) {
        MapRuns own = new MapRuns(order);
        String text = "r1 = &ARRAY;" + LOOKUP.formatted(13)
                + "r6 = 5; lock *(u64 *)(r0 +0) += r6; lock *(u64 *)(r0 +0) += r6;"
                + "r7 = 3; r7 = atomic64_fetch_add((u64 *)(r0 +0), r7); if r7 != 10 goto pc+8;"
                + "r7 = 20; r7 = atomic64_xchg((u64 *)(r0 +0), r7); if r7 != 13 goto pc+5;"
                + "r8 = r0; r0 = 20; r7 = 30; r0 = atomic64_cmpxchg((u64 *)(r8 +0), r0, r7); r0 = 1; exit";
        assertThat(returned(own.run(text)).r0()).isEqualTo(1);
        assertThat(number(own.keyed("ARRAY"), order, 0)).isEqualTo(30);
        String narrow = "r1 = &ARRAY;" + LOOKUP.formatted(3) + "r6 = -1; lock *(u32 *)(r0 +4) += r6; r7 = 1; " + END;
        returned(own.run(narrow));
        ByteBuffer value = ByteBuffer.wrap(
                        own.keyed("ARRAY").lookup(word(order, 1), 0).orElseThrow())
                .order(order);
        assertThat(value.getInt(4)).isEqualTo(order == ByteOrder.BIG_ENDIAN ? 29 : -1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r1 = &HASH; r2 = r10; r2 += -4; call #1        @ not initialised",
                "r1 = &HASH; *(u16 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #1 @ not initialised",
                "r1 = &HASH; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -2; call #1 @ invalid access to stack",
                "r1 = &HASH; *(u64 *)(r10 -8) = r1; r2 = r10; r2 += -8; call #1 @ partial load of a spilled pointer",
                "r1 = &HASH; r2 = 0; call #1                    @ R2 type=0 expected=fp, map_value",
                "r2 = r10; call #1                              @ R1 type=ctx expected=map_ptr",
                "r1 = &HASH; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r3 = r10; r3 += -8; r4 = 0; call #2 @ size=1",
                "r1 = &HASH; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r3 = r10; r3 += -4; r4 = 0; call #2 @ outside",
                "r1 = &ring; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #1 @ cannot pass map_type 27 into func",
                "r1 = &outer; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #3 @ cannot pass map_type 12 into func",
                "r1 = &notes; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #1 @ cannot pass map_type 24 into func",
                "r1 = &read; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #3 @ write into map `read` forbidden",
                "r1 = &ARRAY; *(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; call #1; r0 = *(u64 *)(r0 +0) @ _or_null",
            })
    void refusesArguments(String text, String message) {
        String expected = message.equals("outside") ? "invalid access to stack, off=0 size=1" : message;
        assertThat(trap(runs.run(text + ";" + END)).message()).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r1 = *(u64 *)(r0 +8)                    @ invalid access to ARRAY value, off=8 size=8",
                "r1 = *(u8 *)(r0 -1)                     @ invalid access to ARRAY value, off=-1 size=1",
                "*(u64 *)(r0 +0) = r10                   @ leaks address of stack into ARRAY value",
                "*(u64 *)(r0 +0) = r0                    @ leaks address of ARRAY value into ARRAY value",
                "r1 = 1; lock *(u64 *)(r0 +4) += r1      @ invalid access",
                "r1 = 1; lock *(u32 *)(r0 +2) += r1      @ misaligned access",
            })
    void refusesAccesses(String access, String message) {
        int skipped = access.contains("lock") ? 2 : 1;
        String text = "r1 = &ARRAY;" + LOOKUP.formatted(skipped) + access + ";" + END;
        assertThat(trap(runs.run(text)).message()).contains(message);
    }

    @Test
    void aReadOnlyMapCanBeReadButNotWritten() {
        String read = "r1 = &read;" + LOOKUP.formatted(1) + "r1 = *(u64 *)(r0 +0);" + END;
        returned(runs.run(read));
        String write = "r1 = &read;" + LOOKUP.formatted(1) + "*(u64 *)(r0 +0) = 1;" + END;
        assertThat(trap(runs.run(write)).message()).isEqualTo("write into read value forbidden");
    }

    @Test
    void environmentDefinesTimeCpuAndRandomNumbers() {
        String text = "call #5; call #125; call #8; call #7; " + END;
        Outcome.Returned first = returned(runs.run(text, NEWEST.at(123).on(1).drawing(4)));
        assertThat(first.calls().stream().limit(3).map(HelperCall::result)).containsExactly("123", "123", "1");
        long drawn = Long.parseLong(first.calls().get(3).result());
        assertThat(drawn).isBetween(0L, 0xffff_ffffL);
        assertThat(returned(runs.run(text, NEWEST.at(123).on(1).drawing(4))).calls())
                .isEqualTo(first.calls());
        assertThat(returned(runs.run(text, NEWEST.drawing(5))).calls().get(3).result())
                .isNotEqualTo(first.calls().get(3).result());
    }

    @Test
    void socketStorageRemainsUntilTheSocketIsRemoved() {
        LoadedProgram create = runs.program("r2 = r1; r1 = &notes; r3 = 0; r4 = 1; call #107;" + END);
        Context context = Context.zero(Hook.SOCK_CREATE.context());
        for (long cookie : List.of(5L, 6L)) {
            Task task = new Task(0, 0, 1, 1, Task.ROOT.comm(), 1, Map.of(), 1, cookie);
            returned(Machine.run(create, Hook.SOCK_CREATE, context, NEWEST.with(task)));
        }
        SocketStorage notes = runs.notes();
        assertThat(notes.entries().keySet()).containsExactlyInAnyOrder(5L, 6L);
        assertThat(notes.remove(5)).isTrue();
        assertThat(notes.entries().keySet()).containsExactly(6L);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void refusesACpuThatTheHostLacks(int cpu) {
        assertThatThrownBy(() -> runs.run(END, NEWEST.on(cpu)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CPU " + cpu);
    }
}
