// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LockHolderTest {
    private static final String LOCKS = """
            1: POSIX  ADVISORY  WRITE 11 00:1f:77 0 EOF
            2: FLOCK  ADVISORY  READ  12 00:1f:77 0 EOF
            3: FLOCK  ADVISORY  WRITE 13 00:20:77 0 EOF
            3: -> FLOCK  ADVISORY  WRITE 14 00:1f:77 0 EOF
            4: FLOCK  ADVISORY  WRITE 15 00:1f:77 0 EOF
            5: FLOCK  ADVISORY  WRITE 16 103:12345:78 0 EOF
            """;

    @Test
    void findsTheHolderByDeviceAndInode() {
        assertThat(LockHolder.of(LOCKS, 0x1f, 77)).isEqualTo(OptionalLong.of(15));
        assertThat(LockHolder.of(LOCKS, 0x1f, 76)).isEmpty();
        long large = 0x103L << 8 | 0x45 | 0x12300L << 12;
        assertThat(LockHolder.of(LOCKS, large, 78)).isEqualTo(OptionalLong.of(16));
    }
}
