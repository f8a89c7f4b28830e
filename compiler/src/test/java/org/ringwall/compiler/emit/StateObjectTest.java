// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.TableText;

class StateObjectTest {
    private static final List<Hook> TWO = List.of(Hook.CONNECT4, Hook.SKB_EGRESS);

    private static BpfObject whole() {
        return StatefulPolicy.object(TWO, StatefulPolicy.MAPS, ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void mapsAreThoseOfCodeAndRulesInTheOrderOfTheAbi() {
        List<String> backwards = new ArrayList<>(StatefulPolicy.MAPS);
        java.util.Collections.reverse(backwards);

        assertThat(StatefulPolicy.object(TWO, backwards, ByteOrder.LITTLE_ENDIAN)
                        .maps())
                .extracting(MapSpec::name)
                .isEqualTo(StatefulPolicy.MAPS);
        assertThat(StatefulPolicy.object(TWO, List.of("rate_all", "live_web"), ByteOrder.LITTLE_ENDIAN)
                        .maps())
                .extracting(MapSpec::name)
                .as("a rule counts in `total`")
                .containsExactly("live_web", "counter_total", "rate_all");
        assertThat(StatefulPolicy.object(TWO, List.of(), ByteOrder.LITTLE_ENDIAN)
                        .maps())
                .extracting(MapSpec::name)
                .containsExactly("counter_total");
    }

    @Test
    void mapsHaveTheDefinitionsOfTheAbi() {
        assertThat(whole().maps().stream().map(StateObjectTest::line))
                .containsExactly(
                        "ringwall_stamps SK_STORAGE 4 int, 184 ringwall_stamp, 0, 0x201",
                        "ringwall_origins SK_STORAGE 4 int, 168 ringwall_origins, 0, 0x1",
                        "ringwall_handover LRU_HASH 48 ringwall_connection, 24 ringwall_original, 4096, 0x0",
                        "ringwall_arrived SK_STORAGE 4 int, 24 ringwall_original, 0, 0x1",
                        "ringwall_events RINGBUF 0 -, 0 -, 262144, 0x0",
                        "ringwall_lost PERCPU_ARRAY 4 unsigned int, 16 ringwall_lost, 1, 0x0",
                        "ringwall_log_limits ARRAY 4 unsigned int, 16 ringwall_limit, 2, 0x0",
                        "live_partners ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of LPM_TRIE 20 ringwall_net, 8 ringwall_entry, 4096, 0x1",
                        "live_everyone ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of LPM_TRIE 20 ringwall_net, 8 ringwall_entry, 1, 0x1",
                        "live_blocked ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of HASH 16 ringwall_ip, 8 ringwall_entry, 10000, 0x1",
                        "live_web ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of ARRAY 4 unsigned int, 8 ringwall_ports, 1024, 0x0",
                        "live_disks ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of LPM_TRIE 16 ringwall_device, 8 ringwall_entry, 32, 0x1",
                        "live_team ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of HASH 8 ringwall_number, 8 ringwall_entry, 100, 0x1",
                        "table_backends ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of HASH 20 key_table_backends, 100 ringwall_choices_4, 64, 0x1",
                        "table_far ARRAY_OF_MAPS 4 -, 4 -, 1, 0x0 of HASH 8 key_table_far, 28 ringwall_choices_1, 1, 0x1",
                        "counter_total PERCPU_ARRAY 4 unsigned int, 8 counter_total, 1, 0x0",
                        "counter_usage PERCPU_HASH 36 key_counter_usage, 16 counter_usage, 512, 0x0",
                        "counter4_usage PERCPU_HASH 24 key_counter4_usage, 16 counter_usage, 512, 0x0",
                        "counter_recent LRU_PERCPU_HASH 8 key_counter_recent, 8 counter_recent, 512, 0x0",
                        "rate_all ARRAY 4 unsigned int, 16 ringwall_bucket, 1, 0x0",
                        "rate_each ARRAY 4 unsigned int, 152 set_rate_each, 258, 0x0");
    }

    private static String line(MapSpec map) {
        return map.name() + " " + sizes(map)
                + map.inner().map(inner -> " of " + sizes(inner)).orElse("");
    }

    private static String sizes(MapSpec map) {
        return "%s %d %s, %d %s, %d, 0x%x"
                .formatted(
                        map.type(),
                        map.keySize(),
                        map.keyType().isPresent() ? name(map.keyType().getAsInt()) : "-",
                        map.valueSize(),
                        map.valueType().isPresent() ? name(map.valueType().getAsInt()) : "-",
                        map.maxEntries(),
                        map.flags());
    }

    private static String name(int type) {
        BtfType found = whole().btf().type(type);
        return found instanceof BtfType.Composite struct ? struct.name() : ((BtfType.Int) found).name();
    }

    @Test
    void textsDescribeThePolicy() {
        assertThat(texts(whole()))
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry(
                                "bpf_metadata_live_partners",
                                "net max 4096 within 10.0.0.1..10.0.0.2 192.0.2.1 203.0.113.0/24 2001:db8::/32"),
                        Map.entry("bpf_metadata_live_everyone", "net max 1"),
                        Map.entry("bpf_metadata_live_blocked", "ip max 10000"),
                        Map.entry("bpf_metadata_live_web", "port max 8 within 80..443"),
                        Map.entry("bpf_metadata_live_disks", "device max 32 within block_8:0..15 char_81:*"),
                        Map.entry("bpf_metadata_live_team", "cgroup max 100"),
                        Map.entry(
                                "bpf_metadata_table_backends",
                                "remote.ip remote.port : v4 max 64 choices 4 within 10.0.0.0/8 ports 1..65535 default deny"),
                        Map.entry(
                                "bpf_metadata_table_far",
                                "cgroup : v6 max 1 choices 1 within ::1 ports 80 443 default ::1 80"),
                        Map.entry("bpf_metadata_counter_total", ": tries attempts"),
                        Map.entry("bpf_metadata_counter_usage", "uid remote.ip comm : tries attempts, last time"),
                        Map.entry("bpf_metadata_counter_recent", "ancestor(2) : last time"),
                        Map.entry("bpf_metadata_rate_all", ": 333333334 burst 5"),
                        Map.entry("bpf_metadata_rate_each", "uid : 333333334 burst 5"),
                        Map.entry("ringwall_log_0", "gate.wall:3:3\tdeny EACCES if remote.port == 25 { log }\t"),
                        Map.entry(
                                "ringwall_log_1",
                                "gate.wall:5:3\tdefault deny { log } because \"not on the list\"\tnot on the list")));
    }

    @Test
    void eachTextRoundTrips() {
        texts(whole())
                .forEach((name, text) -> assertThat(again(name, text)).as(name).hasValue(text));
    }

    private static Optional<String> again(String name, String text) {
        if (name.startsWith("ringwall_log_")) {
            return LogText.parse(text).map(LogText::text);
        }
        return switch (name.split("_")[2]) {
            case "live" -> LiveText.parse(text).map(LiveText::text);
            case "table" -> TableText.parse(text).map(TableText::text);
            case "counter" -> CounterText.parse(text).map(CounterText::text);
            default -> RateText.parse(text).map(RateText::text);
        };
    }

    @Test
    void eventsAreNumberedByTheRulesThatLog() {
        assertThat(StatefulPolicy.POLICY.logNumber(0, 0)).isZero();
        assertThat(StatefulPolicy.POLICY.logNumber(0, 2)).isEqualTo(1);
        assertThatThrownBy(() -> StatefulPolicy.POLICY.logNumber(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void textsAreEmittedOnlyWithTheirMaps() {
        assertThat(texts(StatefulPolicy.object(TWO, List.of("counter_total"), ByteOrder.LITTLE_ENDIAN)))
                .containsOnlyKeys("bpf_metadata_counter_total");
        assertThat(texts(StatefulPolicy.object(TWO, List.of("ringwall_events"), ByteOrder.LITTLE_ENDIAN)))
                .containsOnlyKeys("bpf_metadata_counter_total", "ringwall_log_0", "ringwall_log_1");
    }

    /** Returns the texts of state, by name. */
    private static Map<String, String> texts(BpfObject object) {
        DataSection rodata = object.section(".rodata").orElseThrow();
        Map<String, String> texts = new TreeMap<>();
        for (DataVariable variable : rodata.variables()) {
            if (variable.name().matches("bpf_metadata_(live|table|counter|rate)_.*|ringwall_log_.*")) {
                byte[] bytes = rodata.content()
                        .slice(variable.offset(), variable.size() - 1)
                        .toArray();
                texts.put(variable.name(), new String(bytes, StandardCharsets.UTF_8));
            }
        }
        return texts;
    }

    @Test
    void eventTypesAreThoseOfTheHooksThatUseTheRing() {
        assertThat(eventTypes(whole()))
                .containsExactly("ringwall_event", "ringwall_event_packet", "ringwall_event_socket");
        assertThat(eventTypes(StatefulPolicy.object(TWO, List.of("rate_all"), ByteOrder.LITTLE_ENDIAN)))
                .isEmpty();
    }

    private static List<String> eventTypes(BpfObject object) {
        return object.btf().types().stream()
                .filter(BtfType.Composite.class::isInstance)
                .map(type -> ((BtfType.Composite) type).name())
                .filter(name -> name.startsWith("ringwall_event"))
                .sorted()
                .toList();
    }

    @Test
    void eachNamedStructIsDefinedOnce() {
        assertThat(whole().btf().types().stream()
                        .filter(BtfType.Composite.class::isInstance)
                        .map(type -> ((BtfType.Composite) type).name())
                        .filter(name -> !name.isEmpty()))
                .doesNotHaveDuplicates()
                .contains("bpf_spin_lock", "ringwall_origin", "ringwall_endpoint");
    }

    @Test
    void refusesTwoLayoutsOfOneName() {
        Structs structs = new Structs(new BtfBuilder());
        structs.type(StructLayout.named("s").add("a", StructLayout.Scalar.U32).build());

        assertThatThrownBy(() -> structs.type(StructLayout.named("s")
                        .add("b", StructLayout.Scalar.U32)
                        .build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`s`");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writtenObjectRoundTrips(boolean little) throws Exception {
        BpfObject object = StatefulPolicy.object(
                TWO, StatefulPolicy.MAPS, little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);

        assertThat(ObjectReader.read(ObjectWriter.write(object))).isEqualTo(ObjectWriter.complete(object));
    }
}
