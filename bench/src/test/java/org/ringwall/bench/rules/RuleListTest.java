// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bench.field.Workload;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;

class RuleListTest {
    private static final Actor ROOT = new Actor(0, 0);
    private static final int KEYS = 300;

    private static RuleList smallest(Workload workload) {
        return workload.rules(workload.sizes().get(0));
    }

    @ParameterizedTest
    @EnumSource(Workload.class)
    void thePolicyAgreesWithANaiveEvaluation(Workload workload) {
        RuleList rules = smallest(workload);
        CompileResult result = Compiler.compile(new SourceFile("policy.wall", rules.policy()), Settings.DEFAULT);
        Policy policy = result.compilation()
                .map(Compilation::policy)
                .orElseThrow(() -> new AssertionError(DiagnosticRenderer.render(result.diagnostics())));
        for (boolean hit : List.of(true, false)) {
            for (Key key : rules.keys(hit, KEYS, new SplittableRandom(3))) {
                boolean allows = Reference.decide(policy, Map.of(), request(key))
                        .verdict()
                        .allows();
                assertThat(rules.allows(key)).as("%s", key).isEqualTo(allows);
            }
        }
    }

    private static Request request(Key key) {
        if (key instanceof Key.Connect connect) {
            return address(connect.address(), connect.port(), connect.tcp());
        }
        if (key instanceof Key.Access access) {
            Set<Request.Access> asked = EnumSet.noneOf(Request.Access.class);
            if ((access.access() & DeviceRule.READ) != 0) {
                asked.add(Request.Access.READ);
            }
            if ((access.access() & DeviceRule.WRITE) != 0) {
                asked.add(Request.Access.WRITE);
            }
            return new Request.TouchDevice(access.type(), access.major(), access.minor(), asked, ROOT);
        }
        if (key instanceof Key.Send send) {
            RawAddress here = new RawAddress(true, U128.of(0x7f00_0001L));
            RawAddress there = new RawAddress(true, U128.of(send.address().low()));
            return PacketBuilder.at(Hook.SKB_EGRESS, there, here)
                    .udp(send.port(), 9, 1)
                    .request(Hook.SKB_EGRESS, PacketMeta.plain(Hook.SKB_EGRESS));
        }
        return new Request.TouchSysctl(((Key.Read) key).name(), false, ROOT);
    }

    private static Request address(Address address, int port, boolean tcp) {
        U128 number = address.six() ? new U128(address.high(), address.low()) : U128.of(address.low());
        RawAddress raw = new RawAddress(!address.six(), number);
        Hook hook = address.six() ? Hook.CONNECT6 : Hook.CONNECT4;
        return new Request.AtAddress(hook, raw, port, tcp ? 6 : 17, tcp ? 1 : 2, ROOT);
    }

    @ParameterizedTest
    @EnumSource(Workload.class)
    void generatedKeysHitOrMissAsRequested(Workload workload) {
        RuleList rules = smallest(workload);
        assertThat(rules.keys(true, KEYS, new SplittableRandom(1)))
                .hasSize(KEYS)
                .allMatch(rules::names);
        assertThat(rules.keys(false, KEYS, new SplittableRandom(1)))
                .hasSize(KEYS)
                .noneMatch(rules::names);
        assertThat(rules.keys(true, KEYS, new SplittableRandom(1)))
                .isEqualTo(smallest(workload).keys(true, KEYS, new SplittableRandom(1)));
    }

    @Test
    void generatedPrefixKeysAgreeWithALinearSearch() {
        for (AddressRules rules : List.of(
                AddressRules.prefixes4(500, new SplittableRandom(1)),
                AddressRules.prefixes6(500, new SplittableRandom(2)),
                AddressRules.exact(500, new SplittableRandom(3)))) {
            for (boolean hit : List.of(true, false)) {
                for (Key key : rules.keys(hit, 500, new SplittableRandom(4))) {
                    Address address = ((Key.Connect) key).address();
                    assertThat(rules.prefixes().stream().anyMatch(prefix -> prefix.contains(address)))
                            .isEqualTo(hit);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10000, 16, 24", "1000000, 20, 28"})
    void prefixesAreSortedAndDisjoint(int size, int widest, int narrowest) {
        List<Prefix> prefixes =
                AddressRules.prefixes4(size, new SplittableRandom(9)).prefixes();
        assertThat(prefixes).hasSize(size);
        for (int i = 1; i < prefixes.size(); i++) {
            assertThat(prefixes.get(i - 1).last()).isLessThan(prefixes.get(i).base());
        }
        assertThat(prefixes.stream().mapToInt(Prefix::length).summaryStatistics())
                .satisfies(lengths -> assertThat(lengths.getMin()).isEqualTo(widest))
                .satisfies(lengths -> assertThat(lengths.getMax()).isEqualTo(narrowest));
    }

    @Test
    void hitKeysCoverEveryPortAndDevice() {
        PortRules ports = PortRules.drawn(50, new SplittableRandom(5));
        Set<Integer> met = new HashSet<>();
        ports.keys(true, 2_000, new SplittableRandom(6)).forEach(key -> met.add(((Key.Connect) key).port()));
        assertThat(met).containsExactlyInAnyOrderElementsOf(ports.ports());
        for (DeviceRules devices : List.of(DeviceRules.ofRunc(), DeviceRules.ofCrun(), DeviceRules.ofSystemd())) {
            List<Key> keys = devices.keys(true, 2_000, new SplittableRandom(7));
            assertThat(devices.reachable())
                    .allSatisfy(rule -> assertThat(keys).anyMatch(key -> rule.allows((Key.Access) key)));
        }
    }

    @Test
    void noKeyNamesADeviceWithMajorZero() {
        for (boolean hit : List.of(true, false)) {
            assertThat(DeviceRules.ofSystemd().keys(hit, 2_000, new SplittableRandom(8)))
                    .noneMatch(key -> ((Key.Access) key).major() == 0);
        }
    }

    @Test
    void aDeviceRuleAllowsAllOfAnAccessOrNothing() {
        DeviceRule read = DeviceRule.of(DeviceRule.CHAR, 1, 3, DeviceRule.READ);
        assertThat(read.allows(new Key.Access(DeviceRule.CHAR, 1, 3, DeviceRule.READ)))
                .isTrue();
        assertThat(read.allows(new Key.Access(DeviceRule.CHAR, 1, 3, DeviceRule.READ | DeviceRule.WRITE)))
                .isFalse();
        assertThat(read.allows(new Key.Access(DeviceRule.BLOCK, 1, 3, DeviceRule.READ)))
                .isFalse();
        assertThat(new DeviceRule(DeviceRule.CHAR, OptionalInt.of(1), OptionalInt.empty(), DeviceRule.READ)
                        .allows(new Key.Access(DeviceRule.CHAR, 1, 77, DeviceRule.READ)))
                .isTrue();
    }

    @Test
    void theFirstRuleThatMatchesDecides() {
        Prefix wide = Prefix.of(Address.v4(0x0a00_0000L), 8);
        Prefix narrow = Prefix.of(Address.v4(0x0a01_0000L), 16);
        TupleRule deny = new TupleRule(false, true, wide, 443);
        TupleRule allow = new TupleRule(true, true, narrow, 443);
        Key.Connect key = new Key.Connect(true, Address.v4(0x0a01_0203L), 443);
        assertThat(new TupleRules(List.of(allow, deny)).allows(key)).isTrue();
        assertThat(new TupleRules(List.of(deny, allow)).allows(key)).isFalse();
        assertThat(new TupleRules(List.of(allow, deny)).longestDecides()).isTrue();
        assertThat(new TupleRules(List.of(deny, allow)).longestDecides()).isFalse();
        assertThat(new TupleRules(List.of(allow)).allows(new Key.Connect(false, key.address(), 443)))
                .isFalse();
        assertThat(new TupleRules(List.of(allow)).names(new Key.Connect(true, key.address(), 444)))
                .isFalse();
    }

    @Test
    void shapesHaveThePropertiesOfTheirNames() {
        TupleRules shared = TupleRules.drawn(TupleRules.Shape.SHARED_PORTS, 100, new SplittableRandom(1));
        TupleRules distinct = TupleRules.drawn(TupleRules.Shape.DISTINCT_PORTS, 1_000, new SplittableRandom(1));
        TupleRules nested = TupleRules.drawn(TupleRules.Shape.NESTED_PREFIXES, 100, new SplittableRandom(1));
        TupleRules crowded = TupleRules.drawn(TupleRules.Shape.OVERLAPPING_PREFIXES, 1_000, new SplittableRandom(1));
        assertThat(shared.rules().stream().map(TupleRule::port).distinct()).hasSize(8);
        assertThat(distinct.rules().stream().map(TupleRule::port).distinct()).hasSize(1_000);
        assertThat(nested.rules()).hasSize(100);
        assertThat(nested.longestDecides()).isTrue();
        assertThat(nested.rules().get(0).prefix().length()).isEqualTo(28);
        assertThat(nested.rules().get(1).prefix().covers(nested.rules().get(0).prefix()))
                .isTrue();
        assertThat(crowded.longestDecides()).isFalse();
    }

    @Test
    void keysArePrintedInTheDriversFormat() {
        assertThat(new Key.Connect(false, Address.v4(0x0102_0304L), 443).line()).isEqualTo("udp 01020304 443");
        assertThat(new Key.Connect(true, new Address(true, 1L << 61, 5), 80).line())
                .isEqualTo("tcp 20000000000000000000000000000005 80");
        assertThat(new Key.Access(DeviceRule.BLOCK, 8, 1, DeviceRule.READ).line())
                .isEqualTo("access 4 b8-1");
        assertThat(new Key.Access(DeviceRule.CHAR, 1, 3, DeviceRule.READ | DeviceRule.WRITE).line())
                .isEqualTo("access 6 c1-3");
        assertThat(new Key.Write("net/ipv4/tcp_syncookies", "0").line()).isEqualTo("write net/ipv4/tcp_syncookies 0");
        assertThat(new Key.SetOption(0, 2, 64).line()).isEqualTo("set 0 2 64");
        assertThat(new Key.GetOption(0, 2).line()).isEqualTo("get 0 2");
        assertThat(new Key.Send(Address.v4(0x7f01_0001L), 9).line()).isEqualTo("send 7f010001 9");
    }

    @Test
    void headersNameEveryRule() {
        assertThat(new PortRules(List.of(80, 443)).header()).isEqualTo("PORT(80)\nPORT(443)\n");
        assertThat(PacketRules.ofLoopback().header())
                .isEqualTo("ALLOW(0x7f010500u, 24)\nDENY(0x7f010000u, 16)\nDENY(0x7f020000u, 16)\n");
        assertThat(new SysctlRules(List.of("kernel/sem"), List.of()).header())
                .isEqualTo("PREFIX(\"kernel/sem\", 10)\n");
        assertThat(DeviceRules.ofRunc().header())
                .contains("DEVICE_ANY(1, 1)\n", "DEVICE(2, 1, 3, 7)\n", "DEVICE_ANY_MINOR(2, 136, 7)\n")
                .contains("MAJOR(2, 1) MINOR(3) MINOR(5) MINOR(7) MINOR(8) MINOR(9) END\n", "ANY_MINOR(2, 136)\n");
    }
}
