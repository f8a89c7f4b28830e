// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.machine.map.Ring;
import org.ringwall.testkit.KernelTest;

/** A test that the machine's ring reserves, drops and delivers records as the kernel's does. */
@KernelTest
class RingKernelTest {
    private static final int SIZE = 4096;
    private static final int VALUE = 32;

    /**
     * r8 selects the operation: 0 reserve 8 bytes and submit, 1 reserve and discard, 2 reserve
     * 1,000 bytes, 3 output 1 to 16 bytes.
     */
    private static final String OPERATIONS = Pair.BEGIN
            + "r8 = *(u32 *)(r6 +0); r9 = *(u64 *)(r6 +32); r1 = &ring; r3 = 0; if r8 == 3 goto pc+26;"
            + "if r8 == 2 goto pc+15; r2 = 8; call #131; if r0 != 0x0 goto pc+2;" + Pair.END + ";"
            + "*(u64 *)(r7 +8) = 1; *(u64 *)(r0 +0) = r9; r1 = r0; r2 = 0; if r8 == 1 goto pc+2; call #132; goto pc+1;"
            + "call #133;" + Pair.END + ";"
            + "r2 = 1000; call #131; if r0 == 0x0 goto pc+5; *(u64 *)(r7 +8) = 1; *(u64 *)(r0 +992) = r9; r1 = r0; r2 = 0;"
            + "call #133;" + Pair.END + ";"
            + "*(u64 *)(r10 -16) = r9; *(u64 *)(r10 -24) = r9; r2 = r10; r2 += -24; r3 = r9; r3 &= 15; r3 += 1;"
            + "r4 = *(u64 *)(r6 +8); call #130; *(u64 *)(r7 +8) = r0; r1 = &ring; r2 = 3; call #134;"
            + "*(u64 *)(r7 +16) = r0;" + Pair.END;

    @Test
    void theSameRecordsAreStoredAndLost() {
        Random random = new Random(3);
        try (Pair pair = new Pair(Btf.EMPTY, List.of(new MapSpec("ring", MapType.RINGBUF, 0, 0, SIZE, 0)));
                Pair.Both both = pair.new Both(OPERATIONS);
                KernelRing kernel = new KernelRing(pair.kernel().map("ring"), SIZE)) {
            Ring ring = pair.machine().ring("ring");
            int lost = 0;
            int read = 0;
            for (int operation = 0; operation < 5_000; operation++) {
                ByteBuffer request = Pair.buffer(Pair.REQUEST)
                        .putInt(0, random.nextInt(4))
                        .putLong(8, random.nextInt(20) == 0 ? 4 : 0)
                        .putLong(VALUE, random.nextInt());
                both.ask(request.array(), "operation " + operation);
                assertThat(ring.producerPosition()).as("operation " + operation).isEqualTo(kernel.producerPosition());
                if (random.nextInt(100) == 0) {
                    List<Bytes> expected =
                            kernel.drain().stream().map(Bytes::of).toList();
                    assertThat(ring.drain().stream().map(Bytes::of)).isEqualTo(expected);
                    read += expected.size();
                    lost = (int) ring.refused();
                }
            }
            assertThat(read).isGreaterThan(500);
            assertThat(lost).as("it was full at times").isGreaterThan(500);
        }
    }

    @Test
    void theLastByteOfARingIsNeverUsed() {
        for (int size : List.of(4080, 4081, 4088)) {
            String text = Pair.BEGIN + "r1 = &ring; r2 = " + size + "; r3 = 0; call #131; if r0 == 0x0 goto pc+4;"
                    + "*(u64 *)(r7 +8) = 1; r1 = r0; r2 = 0; call #133;" + Pair.END;
            try (Pair pair = new Pair(Btf.EMPTY, List.of(new MapSpec("ring", MapType.RINGBUF, 0, 0, SIZE, 0)));
                    Pair.Both both = pair.new Both(text)) {
                byte[] answer = both.ask(new byte[Pair.REQUEST], size + " bytes");
                assertThat(ByteBuffer.wrap(answer, 8, 8)
                                .order(ByteOrder.nativeOrder())
                                .getLong())
                        .isEqualTo(size == 4080 ? 1 : 0);
            }
        }
    }
}
