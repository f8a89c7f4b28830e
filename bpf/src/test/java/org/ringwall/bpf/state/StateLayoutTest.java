// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.StructLayout.Scalar;

class StateLayoutTest {
    private static final KeyLayout KEY = new KeyLayout(
            "counter_usage",
            List.of(
                    new KeyLayout.Part("uid", KeyLayout.Kind.NUMBER),
                    new KeyLayout.Part("cgroup", KeyLayout.Kind.WIDE),
                    new KeyLayout.Part("remote.ip", KeyLayout.Kind.ADDRESS),
                    new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER)));

    private static final CounterLayout COUNTER = new CounterLayout(
            "usage",
            KEY,
            List.of(
                    new CounterLayout.Column("tries", CounterUnit.ATTEMPTS),
                    new CounterLayout.Column("last", CounterUnit.TIME)),
            100,
            false);

    @Test
    void insertsPaddingForAlignment() {
        StructLayout key = KEY.struct();

        assertEquals(List.of("uid", "pad", "cgroup", "remote_ip", "remote_port", "pad1"), names(key));
        assertEquals(
                List.of(8, 16, 32, 40),
                List.of(key.offset("cgroup"), key.offset("remote_ip"), key.offset("remote_port"), key.size()));
    }

    @Test
    void aCounterKeyedByAnAddressHasAnIpv4Map() {
        CounterLayout v4 = COUNTER.ofV4().orElseThrow();
        StructLayout key = v4.key().struct();

        assertEquals("counter4_usage", v4.map().symbol());
        assertEquals(List.of("uid", "pad", "cgroup", "remote_ip", "remote_port"), names(key));
        assertEquals(List.of(16, 20, 24), List.of(key.offset("remote_ip"), key.offset("remote_port"), key.size()));
        assertEquals(COUNTER.value(), v4.value());
        assertEquals(Optional.empty(), port().ofV4());
    }

    private static CounterLayout port() {
        KeyLayout key =
                new KeyLayout("counter_port", List.of(new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER)));
        return new CounterLayout("port", key, COUNTER.columns(), 100, false);
    }

    private static List<String> names(StructLayout struct) {
        return struct.members().stream().map(StructLayout.Member::name).toList();
    }

    @Test
    void refusesAStructWithAHole() {
        List<StructLayout.Member> members =
                List.of(new StructLayout.Member("a", Scalar.U32, 1, 0), new StructLayout.Member("b", Scalar.U64, 1, 8));

        assertThrows(IllegalArgumentException.class, () -> new StructLayout("s", members));
    }

    @Test
    void eventHeaderHasTheOffsetsOfTheAbi() {
        StructLayout header = EventLayout.HEADER;

        assertEquals(
                List.of(0, 8, 12, 14, 15, 16, 20, 21, 22, 24, 28, 32, 36, 40, 48, 56, 64, 80, 96),
                List.of(
                        header.offset("time"),
                        header.offset("generation"),
                        header.offset("rule"),
                        header.offset("hook"),
                        header.offset("kind"),
                        header.offset("present"),
                        header.offset("verdict"),
                        header.offset("monitored"),
                        header.offset("errno"),
                        header.offset("suppressed"),
                        header.offset("uid"),
                        header.offset("gid"),
                        header.offset("pid"),
                        header.offset("cgroup"),
                        header.offset("netns"),
                        header.offset("cookie"),
                        header.offset("comm"),
                        header.offset("reserved"),
                        header.size()));
    }

    @ParameterizedTest
    @EnumSource
    void everyKindOfEventHasABitForEachOptionalMember(EventKind kind) {
        List<String> members = EventLayout.optional(kind);

        assertEquals(Optional.of(kind), EventKind.of(kind.number()));
        assertEquals(1, EventLayout.bit(kind, "errno"));
        assertEquals(1 << members.size() - 1, EventLayout.bit(kind, members.get(members.size() - 1)));
        assertEquals(0, EventLayout.size(kind) % Long.BYTES);
        assertThrows(IllegalArgumentException.class, () -> EventLayout.bit(kind, "time"));
    }

    @ParameterizedTest
    @EnumSource
    void everyLiveSetIsAnArrayOfMapsWithOneEntry(LiveType type) {
        MapDeclaration map = type.map("partners", 64);
        MapDeclaration inner = map.inner().orElseThrow();

        assertEquals(MapType.ARRAY_OF_MAPS, map.type());
        assertEquals(1, map.maxEntries());
        assertEquals(type.hasPrefixes(), inner.type() == MapType.LPM_TRIE);
        assertEquals(type == LiveType.PORT ? 1024 : 64, inner.maxEntries());
        assertEquals(Optional.of(type), LiveType.named(type.word()));
    }

    @Test
    void singleAddressKeysHaveNoPrefixLength() {
        MapDeclaration inner = LiveType.IP.map("blocked", 64).inner().orElseThrow();

        assertEquals(MapType.HASH, inner.type());
        assertEquals(Optional.of(16), inner.key().map(StructLayout::size));
        assertEquals(LiveType.NET_KEY.size() - LiveType.NET_KEY.offset("address"), LiveType.IP_KEY.size());
    }

    @Test
    void counterTextListsItsColumns() {
        assertEquals("uid cgroup remote.ip remote.port : tries attempts, last time", COUNTER.text());
        assertEquals(MapType.PERCPU_HASH, COUNTER.map().type());
        assertEquals(
                List.of("events", "counter_usage"),
                EventLayout.losses(List.of(COUNTER)).value().orElseThrow().members().stream()
                        .map(StructLayout.Member::name)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup remote.ip : tries attempts, last time", ": sent bytes"})
    void counterTextRoundTrips(String text) {
        assertEquals(text, CounterText.parse(text).orElseThrow().text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tries attempts",
                ": tries",
                ": ",
                ":  attempts",
                ": tries attempts,last time",
                ": tries furlongs",
                "uid  gid : tries attempts",
                " : tries attempts",
                ""
            })
    void refusesInvalidCounterText(String text) {
        assertEquals(Optional.empty(), CounterText.parse(text));
    }

    @Test
    void computesTheTokensInABucket() {
        RateText rate = new RateText(List.of(), 10, 5);

        assertEquals(5, rate.tokens(0, 1000));
        assertEquals(5, rate.tokens(1000, 1000));
        assertEquals(4, rate.tokens(1001, 1000));
        assertEquals(4, rate.tokens(1010, 1000));
        assertEquals(0, rate.tokens(1050, 1000));
        assertEquals(0, rate.tokens(-1, 1000));
        assertEquals(4, rate.tokens(Long.MIN_VALUE, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup ancestor(1) : 10000000 burst 200", ": 1 burst 31536000000000000"})
    void rateTextRoundTrips(String text) {
        assertEquals(text, RateText.parse(text).orElseThrow().text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "uid : 0 burst 1",
                "uid : 1 burst 0",
                "uid 1 burst 1",
                ": 1",
                ": 1 burst 99999999999999999999",
                ""
            })
    void refusesInvalidRateText(String text) {
        assertEquals(Optional.empty(), RateText.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.wall:3:5\tdeny if uid == 0 { log }\tno root: \"never\"",
                "a:b.wall:12:1\tdefault deny { log }\t"
            })
    void logTextRoundTrips(String text) {
        assertEquals(text, LogText.parse(text).orElseThrow().text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.wall:3:5\tdeny",
                "a.wall:3\tdeny\t",
                "a.wall:0:1\tdeny\t",
                "a.wall:1:1\t\t",
                "a:1:1\td\n\t",
                "a:1:1\td\tw\tx"
            })
    void refusesInvalidLogText(String text) {
        assertEquals(Optional.empty(), LogText.parse(text));
    }

    @Test
    void limitsTheDepthOfABucket() {
        RateLayout rate = new RateLayout("connects", KEY, 10_000_000, 200, 1024);

        assertEquals(2_000_000_000L, rate.depth());
        assertEquals("uid cgroup remote.ip remote.port : 10000000 burst 200", rate.text());
        assertThrows(IllegalArgumentException.class, () -> new RateLayout("r", KEY, RateLayout.MOST_NS, 2, 1));
        assertThrows(IllegalArgumentException.class, () -> new RateLayout("r", KEY, 1L << 40, 1L << 40, 1));
        assertThrows(IllegalArgumentException.class, () -> new RateLayout("r", KEY, 0, 1, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "net max 4096 within 203.0.113.0/24 2001:db8::/32",
                "ip max 10000 within 203.0.113.0/24 2001:db8::1",
                "port max 7",
                "device max 1 within char_81:* block_8:0..15"
            })
    void liveSetTextRoundTrips(String text) {
        assertEquals(text, LiveText.parse(text).orElseThrow().text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"net", "net max", "net max 0", "net max x", "web max 4", "net max 4 in 1.1.1.1", ""})
    void refusesInvalidLiveSetText(String text) {
        assertEquals(Optional.empty(), LiveText.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "remote.ip remote.port : v4 max 64 choices 4 within 10.0.0.0/8 ports 1..65535 default deny",
                "cgroup : v6 max 1 choices 1 within fc00::/7 2001:db8::1 ports 80 443 default fc00::1 80"
            })
    void tableTextRoundTrips(String text) {
        assertEquals(text, TableText.parse(text).orElseThrow().text());
    }

    @Test
    void refusesInvalidTableText() {
        assertEquals(
                Optional.empty(),
                TableText.parse("remote.ip : v5 max 1 choices 1 within 10.0.0.0/8 ports 1 default deny"));
    }
}
