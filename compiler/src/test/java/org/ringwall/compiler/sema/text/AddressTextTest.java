// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

class AddressTextTest {
    private static final long SEED = 20_240_611;

    private static AddressSpan read(String text) {
        Reading<AddressSpan> reading = AddressText.read(text);
        assertThat(reading).as(text).isInstanceOf(Reading.Good.class);
        return ((Reading.Good<AddressSpan>) reading).value();
    }

    private static Code refusal(String text) {
        Reading<AddressSpan> reading = AddressText.read(text);
        assertThat(reading).as(text).isInstanceOf(Reading.Bad.class);
        return ((Reading.Bad<AddressSpan>) reading).code();
    }

    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "2001:DB8::00Ff, 2001:db8::ff",
        "::1.2.3.4, ::102:304",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "::ffff:1.2.3.4, 1.2.3.4",
        "::ffff:102:304, 1.2.3.4",
        "0:0:0:0:0:ffff:1.2.3.4, 1.2.3.4",
        "255.255.255.255, 255.255.255.255",
        "0.0.0.0, 0.0.0.0"
    })
    void readsEveryFormOfRfc4291(String text, String normalised) {
        assertThat(read(text).firstNormalised()).hasToString(normalised);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "a.b.c.d",
                "1.2.3.4x",
                ".1.2.3",
                "1.2.3.",
                ":",
                ":1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                ":::",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "12345::",
                "g::",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3",
                "::1.2.3.4:5",
                "1.2.3.4/x",
                "1.2.3.4/",
                "::/-1",
                "::1%eth0",
                "/8"
            })
    void refusesTextThatIsNotAnAddress(String text) {
        assertThat(refusal(text)).isEqualTo(Code.BAD_ADDRESS);
    }

    @ParameterizedTest
    @CsvSource({
        "1.2.3.256, OCTET_RANGE",
        "1.2.3.99999999999999999999, OCTET_RANGE",
        "::ffff:1.2.3.256, OCTET_RANGE",
        "01.2.3.4, LEADING_ZERO",
        "1.2.3.00, LEADING_ZERO",
        "1.2.3.0/08, LEADING_ZERO",
        "1.2.3.4/33, PREFIX_RANGE",
        "::/129, PREFIX_RANGE",
        "::/99999999999999999999, PREFIX_RANGE",
        "1.2.3.4/31, ",
        "1.2.3.5/31, HOST_BITS",
        "::1/127, HOST_BITS",
        "8000::/0, HOST_BITS",
        "::ffff:0:0/95, HOST_BITS"
    })
    void reportsTheKindOfError(String text, Code code) {
        if (code == null) {
            assertThat(read(text).prefix()).isTrue();
        } else {
            assertThat(refusal(text)).isEqualTo(code);
        }
    }

    @Test
    void printedAddressesRoundTrip() {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            Address address = random.nextInt(3) == 0 ? Address.v4(random.nextInt() & 0xffff_ffffL) : v6(random);
            assertThat(read(address.toString()).firstNormalised()).isEqualTo(address);
        }
    }

    /**
     * The JDK's parser is the oracle for IPv6 text. It returns an Inet4Address for a v4-mapped
     * address.
     */
    @Test
    void agreesWithTheParserOfTheJdk() throws UnknownHostException {
        Random random = new Random(SEED);
        for (int i = 0; i < 5_000; i++) {
            Address address = v6(random);
            byte[] bytes = InetAddress.getByName(address.toString()).getAddress();
            U128 bits = read(address.toString()).raw().low();
            assertThat(new BigInteger(1, bytes)).hasToString(bits.toString());
        }
    }

    @Test
    void makesEachPrefixTheIntervalOfItsAddresses() {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            boolean isV4 = random.nextBoolean();
            int width = isV4 ? 32 : 128;
            int length = random.nextInt(width + 1);
            BigInteger size = BigInteger.ONE.shiftLeft(width - length);
            BigInteger any = new BigInteger(width, random);
            BigInteger first = any.subtract(any.mod(size));
            U128 low = u128(first);
            String text = isV4
                    ? Address.v4(low.low()) + "/" + length
                    : new org.ringwall.compiler.model.request.RawAddress(false, low) + "/" + length;
            AddressSpan span = read(text);
            assertThat(span.raw())
                    .as(text)
                    .isEqualTo(new Interval(low, u128(first.add(size).subtract(BigInteger.ONE))));
        }
    }

    @Test
    void keepsMappedAddressesOutOfEveryV6Prefix() {
        for (int length = 0; length < 96; length++) {
            String low = length > 80 ? Long.toHexString(0xffffL << (96 - length) & 0xffff) : "0";
            AddressSet set = read("0:0:0:0:0:%s::/%d".formatted(low, length)).set();
            assertThat(set.v4().isEmpty()).isTrue();
            assertThat(set.v6().contains(AddressSet.MAPPED_LOW)).isFalse();
            assertThat(set.v6().contains(AddressSet.MAPPED_HIGH)).isFalse();
        }
        assertThat(read("::ffff:0:0/96").set())
                .isEqualTo(new AddressSet(IntervalSet.range(0, 0xffff_ffffL), IntervalSet.EMPTY));
    }

    private static Address v6(Random random) {
        long high = random.nextLong();
        long low = random.nextLong();
        // Runs of zero groups are what the printer shortens.
        for (int shift = 0; shift < 64; shift += 16) {
            high &= random.nextInt(2) == 0 ? ~(0xffffL << shift) : -1L;
            low &= random.nextInt(2) == 0 ? ~(0xffffL << shift) : -1L;
        }
        return Address.ofV6(new U128(high, low));
    }

    private static U128 u128(BigInteger value) {
        return new U128(value.shiftRight(64).longValue(), value.longValue());
    }
}
