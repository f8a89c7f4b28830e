// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AddressTest {
    private static final Address V4 = Address.v4(0xc0a8_0a01L);
    private static final Address V6 = new Address(true, 0x2001_0db8_1234_5678L, 0x9abc_def0_1111_2222L);

    @Test
    void maskingClearsTheBitsAfterThePrefix() {
        assertThat(V4.masked(16)).hasToString("192.168.0.0");
        assertThat(V4.masked(0)).hasToString("0.0.0.0");
        assertThat(V4.masked(32)).isEqualTo(V4);
        assertThat(V6.masked(32)).hasToString("2001:db8:0:0:0:0:0:0");
        assertThat(V6.masked(72)).hasToString("2001:db8:1234:5678:9a00:0:0:0");
        assertThat(V6.masked(0)).isEqualTo(new Address(true, 0, 0));
        assertThat(V6.masked(128)).isEqualTo(V6);
    }

    @Test
    void fillingSetsTheBitsAfterThePrefix() {
        assertThat(V4.filled(24)).hasToString("192.168.10.255");
        assertThat(V4.filled(32)).isEqualTo(V4);
        assertThat(V6.filled(48)).isEqualTo(new Address(true, 0x2001_0db8_1234_ffffL, -1));
        assertThat(V6.filled(64)).isEqualTo(new Address(true, V6.high(), -1));
        assertThat(V6.filled(128)).isEqualTo(V6);
    }

    @Test
    void generatedAddressesStayWithinTheirPrefix() {
        SplittableRandom random = new SplittableRandom(1);
        for (int length = 0; length <= 128; length++) {
            Prefix prefix = Prefix.of(V6, length);
            assertThat(prefix.contains(prefix.base().within(length, random))).isTrue();
        }
        for (int length = 0; length <= 32; length++) {
            Prefix prefix = Prefix.of(V4, length);
            assertThat(prefix.contains(prefix.base().within(length, random))).isTrue();
        }
    }

    @Test
    void aFlippedBitLeavesThePrefix() {
        for (int length = 1; length <= 128; length++) {
            assertThat(Prefix.of(V6, length).contains(V6.flipped(length - 1))).isFalse();
        }
        assertThat(V4.flipped(0)).hasToString("64.168.10.1");
        assertThat(V4.flipped(31)).hasToString("192.168.10.0");
    }

    @Test
    void addressesAreOrderedAsUnsignedNumbers() {
        assertThat(Address.v4(0x8000_0000L)).isGreaterThan(Address.v4(0x7fff_ffffL));
        assertThat(new Address(true, -1, 0)).isGreaterThan(new Address(true, 1, -1));
        assertThat(new Address(true, 1, -1)).isGreaterThan(new Address(true, 1, 1));
    }

    @Test
    void noLocalAddressIsGenerated() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 10_000; i++) {
            assertThat(Address.anyV4(random).low() >>> 24).isNotIn(0L, 127L).isLessThan(224);
            assertThat(Address.anyV6(random).high() >>> 61).isEqualTo(1);
        }
    }

    @Test
    void aPrefixHasNoBitsAfterItsLength() {
        assertThatThrownBy(() -> new Prefix(V4, 16)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Prefix.of(V4, 33)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Prefix.of(V4, 16).covers(Prefix.of(V4, 24))).isTrue();
        assertThat(Prefix.of(V4, 24).covers(Prefix.of(V4, 16))).isFalse();
        assertThat(Prefix.of(V4, 24)).hasToString("192.168.10.0/24");
        assertThat(Prefix.of(V4, 32)).hasToString("192.168.10.1");
    }
}
