// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.EntryException;

class EntriesTest {
    private static final Entries NETS = new Entries(LiveType.NET);
    private static final Entries SINGLE = new Entries(LiveType.IP);
    private static final Entries DEVICES = new Entries(LiveType.DEVICE);

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "192.0.2.1/32, 192.0.2.1",
        "0.0.0.0/0, 0.0.0.0/0",
        "::ffff:10.0.0.1, 10.0.0.1",
        "::ffff:a00:0/104, 10.0.0.0/8",
        "2001:DB8::/32, 2001:db8::/32",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "::, ::",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "2000::/3, 2000::/3"
    })
    void spellingsOfAnAddressAreNormalized(String written, String shown) {
        LiveEntry entry = NETS.parse(written);

        assertThat(entry.text()).isEqualTo(shown);
        assertThat(NETS.entry(NETS.key(entry))).isEqualTo(entry);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "192.0.2.1/32, 192.0.2.1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::ffff:192.0.2.1/128, 192.0.2.1",
        "2001:DB8::1/128, 2001:db8::1",
        "::, ::"
    })
    void singleAddressesHaveNoPrefixLength(String written, String shown) {
        LiveEntry entry = SINGLE.parse(written);

        assertThat(entry.text()).isEqualTo(shown);
        assertThat(SINGLE.entry(SINGLE.key(entry))).isEqualTo(entry);
    }

    @Test
    void keysHaveTheLayoutOfTheContract() {
        assertThat(hex(SINGLE.key(SINGLE.parse("10.1.2.3")))).isEqualTo("00000000000000000000ffff0a010203");
        assertThat(hex(SINGLE.key(SINGLE.parse("2001:db8::5")))).isEqualTo("20010db8000000000000000000000005");
        assertThat(hex(NETS.key(NETS.parse("10.1.0.0/16")))).endsWith("00000000000000000000ffff0a010000");
        assertThat(NETS.key(NETS.parse("10.1.0.0/16"))[littleEndian() ? 0 : 3]).isEqualTo((byte) 112);
        assertThat(hex(DEVICES.key(DEVICES.parse("char 10:*")))).endsWith("00000002" + "0000000a" + "00000000");
        assertThat(DEVICES.key(DEVICES.parse("char 10:*"))[littleEndian() ? 0 : 3])
                .isEqualTo((byte) 64);
        assertThat(hex(DEVICES.key(DEVICES.parse("block 0x8:1")))).endsWith("00000001" + "00000008" + "00000001");
        assertThat(DEVICES.entry(DEVICES.key(DEVICES.parse("block 8:1"))).text())
                .isEqualTo("block 8:1");
    }

    @Test
    void aDeviceIsAcceptedByItsPath() {
        assertThat(DEVICES.parse("/dev/null")).isEqualTo(DEVICES.parse("char 1:3"));
        assertThat(DEVICES.parse("\"/dev/sda1\"")).isEqualTo(DEVICES.parse("block 8:1"));
        for (String none : List.of("/dev/nul", "\"\"", "\"", "/dev/../dev/null", "/etc/passwd")) {
            assertThatThrownBy(() -> DEVICES.parse(none)).as(none).isInstanceOf(EntryException.class);
        }
    }

    private static boolean littleEndian() {
        return java.nio.ByteOrder.nativeOrder().equals(java.nio.ByteOrder.LITTLE_ENDIAN);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NET|10.0.0|`10.0.0` is not an address",
                "NET|010.0.0.1|the octet `010` has a leading zero, which some tools read as octal",
                "NET|10.0.0.256|the octet `256` is out of range",
                "NET|10.0.0.1/8|`10.0.0.1/8` has host bits set",
                "NET|10.0.0.0/33|the prefix length `/33` is too large for an address",
                "NET|10.0.0.0/08|`10.0.0.0/08` has no prefix length",
                "NET|10.0.0.0/|`10.0.0.0/` has no prefix length",
                "NET|::/0|`::/0` contains the IPv4-mapped range, which is not part of IPv6 here",
                "NET|1::2::3|`1::2::3` is not an address",
                "NET|1:2:3:4:5:6:7|`1:2:3:4:5:6:7` is not an address",
                "NET|fe80::1%eth0|`fe80::1%eth0` is not an address",
                "NET|::ffff:10.0.0|`::ffff:10.0.0` is not an address",
                "IP|192.0.2.0/31|`192.0.2.0/31` is a prefix, but this set contains single addresses",
                "IP|::ffff:192.0.2.0/120|`192.0.2.0/24` is a prefix, but this set contains single addresses",
                "IP|2001:db8::/127|`2001:db8::/127` is a prefix, but this set contains single addresses",
                "IP|192.0.2.1/24|`192.0.2.1/24` has host bits set",
                "IP|192.0.2.1..192.0.2.2|`192.0.2.1..192.0.2.2` is not an address",
                "PORT|65536|`65536` is not a port",
                "PORT|80-90|`80-90` is not a port",
                "PORT|90..80|`90..80` is reversed",
                "DEVICE|char 10|`char 10` is not a device",
                "DEVICE|char *:*|`char *:*` is not a device",
                "DEVICE|char 4096:0|`4096` is not a major number",
                "DEVICE|block 1:1048576|`1048576` is not a minor number",
                "UID|007|`007` is not a uid",
                "UID|4294967295|`4294967295` is not a uid",
                "INT|-1|`-1` is not a number",
                "CGROUP|18446744073709551616|`18446744073709551616` is not an id",
                "NETNS|0x|`0x` is not an id"
            })
    void invalidEntriesAreReported(LiveType type, String text, String message) {
        assertThatThrownBy(() -> new Entries(type).parse(text))
                .isInstanceOf(EntryException.class)
                .hasMessage(message);
    }

    @Test
    void controlCharactersInForeignTextAreEscaped() {
        assertThat(Printable.of("a\u001b[31m\u202eb\u0085\\")).isEqualTo("a\\x1b[31m\\xe2\\x80\\xaeb\\xc2\\x85\\\\");
        assertThat(Printable.of(new byte[] {'a', (byte) 0xff, '\n', 0, 'b'})).isEqualTo("a\\xff\\x0a");
        assertThatThrownBy(() -> NETS.parse("\u001b]0;x")).hasMessage("`\\x1b]0;x` is not an address");
    }

    @Test
    void rangesOfAnObjectAcceptMoreForms() {
        assertThat(NETS.element("::/0")).hasSize(2);
        assertThat(new Spans(NETS.element("::/0")).meets(NETS.parse("10.0.0.1").span()))
                .isFalse();
        assertThat(new Spans(NETS.element("10.0.0.1..10.0.0.9"))
                        .contains(NETS.parse("10.0.0.8/31").span()))
                .isTrue();
        assertThat(new Spans(DEVICES.element("char 81:*"))
                        .contains(DEVICES.parse("char 81:*").span()))
                .isTrue();
        assertThat(new Spans(DEVICES.element("char 4:0..63"))
                        .contains(DEVICES.parse("char 4:*").span()))
                .isFalse();
        assertThat(new Spans(DEVICES.element("char 4:0..63"))
                        .contains(DEVICES.parse("char 4:63").span()))
                .isTrue();
        assertThat(new Spans(DEVICES.element("block *:*"))
                        .contains(DEVICES.parse("block 259:*").span()))
                .isTrue();
    }

    @Test
    void rangesOfSingleAddressesArePrefixes() {
        Spans within = new Spans(SINGLE.element("10.0.0.0/8"));
        assertThat(within.contains(SINGLE.parse("10.1.2.3").span())).isTrue();
        assertThat(within.contains(SINGLE.parse("11.0.0.0").span())).isFalse();
    }

    @Test
    void findsSpansAmongMany() {
        List<Span> some = java.util.stream.IntStream.range(0, 1000)
                .mapToObj(i -> Span.of(10L * i, 10L * i + 5))
                .toList();
        Spans spans = new Spans(some);
        assertThat(spans.contains(Span.of(5000, 5005))).isTrue();
        assertThat(spans.contains(Span.of(5000, 5006))).isFalse();
        assertThat(spans.contains(Span.of(5006, 5009))).isFalse();
        assertThat(spans.meets(Span.of(5006, 5009))).isFalse();
        assertThat(spans.meets(Span.of(5006, 5010))).isTrue();
        assertThat(spans.meets(Span.of(9996, 20000))).isFalse();
        assertThat(new Spans(List.of()).meets(Span.of(0, 9))).isFalse();
        assertThatThrownBy(() -> NETS.element("10.0.0.9..10.0.0.1")).hasMessage("`10.0.0.9..10.0.0.1` is reversed");
    }

    @Test
    void adjacentSpansAreMerged() {
        assertThat(new Spans(List.of(Span.of(5, 9), Span.of(0, 4), Span.of(11, 11))).list())
                .containsExactly(Span.of(0, 9), Span.of(11, 11));
    }

    @Test
    void malformedStateTextsAreRefused() {
        LiveText bad = new LiveText(LiveType.NET, 4, Optional.of(List.of("10.0.0.0/8", "x")));
        assertThatThrownBy(() -> OpenLiveSet.check(bad)).hasMessage("`x` is not an address");
        assertThatThrownBy(() -> StateTexts.of(java.util.Map.of("bpf_metadata_counter_c", "what")))
                .hasMessage("its `bpf_metadata_counter_c` does not describe its use");
        assertThatThrownBy(() -> StateTexts.of(java.util.Map.of("ringwall_log_0", "no place")))
                .hasMessage("its `ringwall_log_0` does not describe its use");
    }
}
