// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTableTest {
    private static final int COUNT = 1 << 16;
    private static final byte[] VALUE = new byte[Long.BYTES];

    /** Keys that differ in two bytes alone, such as the last of IPv4 addresses, do not collide. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 7, 12, 14, 16, 18})
    void keysThatAreAlikeCostFewComparisons(int differing) {
        KeyTable table = new KeyTable(20, 2 * COUNT);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < COUNT; i++) {
                ByteBuffer key = ByteBuffer.allocate(20).putShort(differing, (short) i);
                table.add(key.array(), VALUE);
            }
            assertThat(table.size()).isEqualTo(COUNT);
        }
        assertThat(table.comparisons()).isLessThan(4L * COUNT);
    }
}
