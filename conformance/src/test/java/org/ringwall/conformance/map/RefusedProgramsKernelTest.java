// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.map.MapHost;
import org.ringwall.machine.map.Maps;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that the machine traps on programs on maps that the verifier rejects, and runs those that
 * it accepts.
 */
@KernelTest
class RefusedProgramsKernelTest {
    private static final String KEY = "*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4;";
    private static final String LOOKUP =
            "r1 = &array;" + KEY + "call #1; if r0 != 0x0 goto pc+2; r0 = 1; exit; r6 = r0;";
    private static final String BUCKET = LOOKUP.replace("array", "bucket");
    private static final String RESERVE =
            "r1 = &ring; r2 = 16; r3 = 0; call #131; if r0 != 0x0 goto pc+2; r0 = 1; exit; r6 = r0;";

    private static Pair pair() {
        BtfBuilder types = new BtfBuilder();
        MapSpec bucket = KeyedMapsKernelTest.locked(types, "bucket", MapType.ARRAY);
        return new Pair(
                types.build(),
                List.of(
                        bucket,
                        new MapSpec("array", MapType.ARRAY, 4, 8, 2, 0),
                        new MapSpec("read", MapType.ARRAY, 4, 8, 2, 1 << 7),
                        new MapSpec("hash", MapType.HASH, 8, 8, 2, 0),
                        new MapSpec("ring", MapType.RINGBUF, 0, 0, 4096, 0),
                        new MapSpec("outer", MapType.ARRAY_OF_MAPS, 4, 4, 2, 0)
                                .holding(new MapSpec("inner", MapType.HASH, 4, 8, 2, 0))));
    }

    private static String text(String abridged) {
        return abridged.replace("LOOKUP", LOOKUP)
                        .replace("BUCKET", BUCKET)
                        .replace("RESERVE", RESERVE)
                        .replace("KEY", KEY)
                        .replace("UNLOCK", "r1 = r6; r1 += 4; call #94;")
                        .replace("LOCK", "r1 = r6; r1 += 4; call #93;")
                        .replace("SUBMIT", "r1 = r6; r2 = 0; call #132;")
                + "r0 = 1; exit";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "LOOKUP r1 = *(u64 *)(r6 +0); *(u32 *)(r6 +4) = r1;",
                "LOOKUP r1 = 1; lock *(u64 *)(r6 +0) += r1;",
                "LOOKUP r1 = &array; r2 = r10; r2 += -4; r3 = r6; r4 = 0; call #2;",
                "LOOKUP r1 = &array; r2 = r6; call #1;",
                "BUCKET LOCK r8 = *(u64 *)(r6 +8); *(u64 *)(r6 +8) = r8; UNLOCK",
                "RESERVE *(u64 *)(r6 +8) = 1; SUBMIT",
                "RESERVE call #5; *(u64 *)(r6 +0) = r0; SUBMIT",
                "r1 = &outer; KEY call #1; if r0 == 0x0 goto pc+4; r1 = r0; r2 = r10; r2 += -4; call #1;",
                "call #8; if r0 == 0 goto pc+2; r0 = 1; exit; r2 = r0; r1 = &ring; r3 = 0; call #131;"
                        + "if r0 == 0x0 goto pc+3; r1 = r0; r2 = 0; call #132;",
            })
    void acceptedProgramsRun(String abridged) {
        try (Pair pair = pair()) {
            LoadedProgram program = pair.program(text(abridged));
            assertThat(pair.takes(program)).as("the kernel").isTrue();
            assertThat(pair.run(program, 0)).isInstanceOf(Outcome.Returned.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r1 = &array; KEY call #1; r1 = *(u64 *)(r0 +0);",
                "LOOKUP r1 = *(u64 *)(r6 +8);",
                "LOOKUP r1 = *(u64 *)(r6 +1);",
                "LOOKUP r1 = *(u8 *)(r6 -1);",
                "LOOKUP r1 = r6; r1 += 8; *(u8 *)(r1 +0) = 1;",
                "LOOKUP r6 += r10;",
                "r1 = &array; r1 += 4;",
                "r1 = &array; *(u64 *)(r1 +0) = 1;",
                "r1 = &array; r2 = r10; r2 += -2; *(u16 *)(r10 -2) = 1; call #1;",
                "r1 = &hash; KEY call #1;",
                "r1 = &array; r2 = 1; call #1;",
                "r1 = r10; KEY call #1;",
                "r1 = &array; KEY r3 = r10; r3 += -4; r4 = 0; call #2;",
                "r1 = &array; KEY r3 = 0; r4 = 0; call #2;",
                "r1 = &read; KEY r3 = r10; r3 += -8; *(u64 *)(r10 -16) = 0; r3 += -8; r4 = 0; call #2;",
                "r1 = &ring; KEY call #1;",
                "r1 = &array; r2 = 16; r3 = 0; call #131;",
                "r1 = &outer; KEY call #3;",
                "r1 = &outer; KEY call #1; r1 = r0; r2 = r10; r2 += -4; call #1;",
                "r1 = &array; KEY r3 = 0; call #195;",
                "BUCKET LOCK",
                "BUCKET LOCK call #5; UNLOCK",
                "BUCKET LOCK LOCK UNLOCK",
                "BUCKET UNLOCK",
                "BUCKET r1 = r6; call #93; UNLOCK",
                "BUCKET r8 = *(u32 *)(r6 +4);",
                "BUCKET r8 = *(u64 *)(r6 +0);",
                "BUCKET *(u32 *)(r6 +4) = 0;",
                "BUCKET r7 = r6; r1 = &bucket; r2 = r10; r2 += -4; call #1; if r0 != 0x0 goto pc+2; r0 = 1; exit; r6 = r0;"
                        + "LOCK r1 = r7; r1 += 4; call #94;",
                "LOOKUP r1 = r6; call #93; r1 = r6; call #94;",
                "RESERVE",
                "RESERVE SUBMIT SUBMIT",
                "RESERVE SUBMIT r1 = *(u64 *)(r6 +0);",
                "RESERVE r6 += 8; SUBMIT",
                "RESERVE r1 = *(u64 *)(r6 +16); SUBMIT",
                "r1 = &ring; r2 = 16; r3 = 0; call #131; r1 = r0; r2 = 0; call #132;",
                "r1 = &ring; r2 = 16; r3 = 0; call #131;",
                "call #8; r2 = r0; r1 = &ring; r3 = 0; call #131; if r0 == 0x0 goto pc+3; r1 = r0; r2 = 0; call #132;",
                "r1 = r10; r1 += -8; r2 = 0; call #132;",
            })
    void rejectedProgramsTrap(String abridged) {
        try (Pair pair = pair()) {
            LoadedProgram program = pair.program(text(abridged));
            assertThat(pair.takes(program)).as("the kernel").isFalse();
            assertThat(pair.run(program, 0)).isInstanceOf(Outcome.Trap.class);
        }
    }

    /**
     * From 6.3 on the kernel lets privileged programs read unwritten stack; the machine never does.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "r1 = &array; r2 = r10; r2 += -4; call #1;",
                "r1 = &array; KEY r3 = r10; r3 += -16; r4 = 0; call #2;",
                "r1 = &ring; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call #130;",
            })
    void uninitializedReadsTrap(String abridged) {
        try (Pair pair = pair()) {
            LoadedProgram program = pair.program(text(abridged));
            assertThat(pair.takes(program)).as("the kernel").isEqualTo(RunningKernel.atLeast(6, 3));
            assertThat(pair.run(program, 0)).isInstanceOf(Outcome.Trap.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"LRU_HASH", "PERCPU_ARRAY", "LPM_TRIE"})
    void spinLocksAreRejectedInTheSameMapTypes(MapType type) {
        BtfBuilder types = new BtfBuilder();
        MapSpec like = KeyedMapsKernelTest.locked(types, "map", type);
        int keySize = type == MapType.LPM_TRIE ? 8 : 4;
        int key = keySize == 4
                ? like.keyType().orElseThrow()
                : types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        MapSpec spec = new MapSpec("map", type, keySize, 16, 2, type == MapType.LPM_TRIE ? 1 : 0)
                .typed(key, like.valueType().orElseThrow());
        assertThatThrownBy(() -> Maps.create(spec, types.build(), MapHost.of(ByteOrder.nativeOrder())))
                .isInstanceOf(IllegalArgumentException.class);
        Maps plain = Maps.NONE.with("map", Maps.keyed(spec, MapHost.of(ByteOrder.nativeOrder())));
        assertThatThrownBy(() -> new KernelMaps(plain, types.build())).isInstanceOf(KernelRefusedException.class);
    }
}
