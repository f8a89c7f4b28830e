// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ringwall.bpf.kernel.Hook.BIND4;
import static org.ringwall.bpf.kernel.Hook.CONNECT4;
import static org.ringwall.compiler.policy.Intent.BIND;
import static org.ringwall.compiler.policy.Intent.EGRESS;
import static org.ringwall.compiler.policy.Intent.SYSCTL;
import static org.ringwall.compiler.policy.Verdict.DENY;
import static org.ringwall.compiler.reference.Shorthand.ICMP;
import static org.ringwall.compiler.reference.Shorthand.TCP;
import static org.ringwall.compiler.reference.Shorthand.allow;
import static org.ringwall.compiler.reference.Shorthand.and;
import static org.ringwall.compiler.reference.Shorthand.block;
import static org.ringwall.compiler.reference.Shorthand.in;
import static org.ringwall.compiler.reference.Shorthand.name;
import static org.ringwall.compiler.reference.Shorthand.not;
import static org.ringwall.compiler.reference.Shorthand.on;
import static org.ringwall.compiler.reference.Shorthand.or;
import static org.ringwall.compiler.reference.Shorthand.other;
import static org.ringwall.compiler.reference.Shorthand.policy;
import static org.ringwall.compiler.reference.Shorthand.range;
import static org.ringwall.compiler.reference.Shorthand.remote;
import static org.ringwall.compiler.reference.Shorthand.requestAt;
import static org.ringwall.compiler.reference.Shorthand.socket;
import static org.ringwall.compiler.reference.Shorthand.sysctl;
import static org.ringwall.compiler.reference.Shorthand.touch;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.IntervalSet;

/** docs/semantics.md sections 1, 3 and 8: fields, guards and degenerate guards. */
class GuardSemanticsTest {
    private static final Guard TRUE = Guard.TRUE;
    private static final Guard FALSE = new Guard.Const(false);
    private static final Request HTTPS = requestAt(CONNECT4, "1.2.3.4", 443, TCP);
    private static final Request PING = requestAt(CONNECT4, "1.2.3.4", 0, ICMP);
    private static final Param PORT = new Param("p", FieldType.PORT, 100, 200, 150, new SourceFile("p", "").span(0, 0));

    private static boolean holds(Guard guard, Request request) {
        return holds(guard, request, Map.of());
    }

    private static boolean holds(Guard guard, Request request, Map<Param, Long> params) {
        Policy policy = policy(on(request.hook(), DENY, allow(guard)));
        return Reference.decide(policy, params, request).verdict().allows();
    }

    @Test
    void logicIsTwoValued() {
        assertThat(holds(and(TRUE, TRUE), HTTPS)).isTrue();
        assertThat(holds(and(TRUE, FALSE, TRUE), HTTPS)).isFalse();
        assertThat(holds(or(FALSE, TRUE, FALSE), HTTPS)).isTrue();
        assertThat(holds(or(FALSE, FALSE), HTTPS)).isFalse();
        assertThat(holds(not(TRUE), HTTPS)).isFalse();
        assertThat(holds(not(and(TRUE, not(TRUE))), HTTPS)).isTrue();
        assertThat(holds(new Guard.And(List.of()), HTTPS)).isTrue();
        assertThat(holds(new Guard.Or(List.of()), HTTPS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"442,443,true", "443,443,true", "443,500,true", "444,500,false", "0,442,false", "0,65535,true"})
    void aRangeIncludesBothEnds(long low, long high, boolean expected) {
        assertThat(holds(range(Field.REMOTE_PORT, low, high), HTTPS)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 262, 17, 136, 132, 33})
    void protocolsWithPortsHavePorts(int protocol) {
        Request request = requestAt(CONNECT4, "1.2.3.4", 443, protocol);
        assertThat(holds(in(Field.REMOTE_PORT, 443), request)).isTrue();
        assertThat(holds(other(Field.REMOTE_PORT, 22), request)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 58, 2, 255, 256, 47, 5, 7, 16, 18, 131, 133, 135, 137, 261, 263, 32, 34})
    void onOtherProtocolsEveryAtomOnAPortIsFalse(int protocol) {
        Request request = requestAt(CONNECT4, "1.2.3.4", 443, protocol);
        assertThat(holds(in(Field.REMOTE_PORT, 443), request)).isFalse();
        assertThat(holds(other(Field.REMOTE_PORT, 22), request)).isFalse();
        assertThat(holds(range(Field.REMOTE_PORT, 0, 65535), request)).isFalse();
        assertThat(holds(not(in(Field.REMOTE_PORT, 22)), request)).isTrue();
        for (Comparison comparison : Comparison.values()) {
            assertThat(holds(new Guard.CompareParam(Field.REMOTE_PORT, comparison, PORT), request))
                    .isFalse();
        }
        Request bind = requestAt(BIND4, "1.2.3.4", 443, protocol);
        assertThat(holds(in(Field.LOCAL_PORT, 443), bind)).isFalse();
        assertThat(holds(not(in(Field.LOCAL_PORT, 443)), bind)).isTrue();
    }

    @Test
    void remoteIsAbsentAtBindAndLocalAtConnect() {
        Request bind = requestAt(BIND4, "1.2.3.4", 443, TCP);
        assertThat(holds(remote("0.0.0.0/0"), bind)).isFalse();
        assertThat(holds(in(Field.REMOTE_PORT, 443), bind)).isFalse();
        assertThat(holds(in(Field.LOCAL_PORT, 443), bind)).isTrue();
        assertThat(holds(Shorthand.local("0.0.0.0/0"), HTTPS)).isFalse();
        assertThat(holds(in(Field.LOCAL_PORT, 443), HTTPS)).isFalse();
    }

    @Test
    void emptySetsMatchNothing() {
        Guard none = new Guard.In(Field.REMOTE_PORT, IntervalSet.EMPTY);
        assertThat(holds(none, HTTPS)).isFalse();
        assertThat(holds(not(none), HTTPS)).isTrue();
        assertThat(holds(not(none), PING)).isTrue();
        assertThat(holds(new Guard.AddressIn(Field.REMOTE_IP, AddressSet.EMPTY), HTTPS))
                .isFalse();
        assertThat(holds(new Guard.Matches(Field.NAME, new TreeSet<>()), sysctl("a/b", false)))
                .isFalse();
        assertThat(holds(new Guard.DeviceIn(List.of()), touch(2, 1, 3, "r"))).isFalse();
    }

    static Stream<Arguments> comparisons() {
        return Stream.of(
                Arguments.of(Comparison.EQ, false, true, false),
                Arguments.of(Comparison.NE, true, false, true),
                Arguments.of(Comparison.LT, true, false, false),
                Arguments.of(Comparison.LE, true, true, false),
                Arguments.of(Comparison.GT, false, false, true),
                Arguments.of(Comparison.GE, false, true, true));
    }

    @ParameterizedTest
    @MethodSource("comparisons")
    void comparesAFieldWithTheValueOfAParam(Comparison comparison, boolean below, boolean equal, boolean above) {
        Guard guard = new Guard.CompareParam(Field.REMOTE_PORT, comparison, PORT);
        assertThat(holds(guard, requestAt(CONNECT4, "1.2.3.4", 149, TCP))).isEqualTo(below);
        assertThat(holds(guard, requestAt(CONNECT4, "1.2.3.4", 150, TCP))).isEqualTo(equal);
        assertThat(holds(guard, requestAt(CONNECT4, "1.2.3.4", 151, TCP))).isEqualTo(above);
        assertThat(holds(guard, requestAt(CONNECT4, "1.2.3.4", 180, TCP), Map.of(PORT, 180L)))
                .isEqualTo(equal);
    }

    @Test
    void idsCompareUnsigned() {
        Param limit = new Param("id", FieldType.ID, 0, 0xffff_ffffL, 0x8000_0000L, PORT.span());
        Request nobody = new Request.MakeSocket(2, 1, 6, new Actor(0xffff_fffeL, 5));
        assertThat(holds(new Guard.CompareParam(Field.UID, Comparison.GT, limit), nobody))
                .isTrue();
        assertThat(holds(range(Field.UID, 0x8000_0000L, 0xffff_ffffL), nobody)).isTrue();
        assertThat(holds(in(Field.GID, 5), nobody)).isTrue();
        assertThat(holds(in(Field.UID, 5), nobody)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {99, 201, -1})
    void aParamOutsideItsRangeIsRefused(long value) {
        Guard guard = new Guard.CompareParam(Field.REMOTE_PORT, Comparison.EQ, PORT);
        assertThatThrownBy(() -> holds(guard, HTTPS, Map.of(PORT, value))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void socketOptionsExistOnlyOnSockCreate() {
        Request marked =
                new Request.MakeSocket(2, 3, 1, Map.of("mark", 7L, "priority", 8L, "bound_dev_if", 9L), Actor.ORDINARY);
        assertThat(holds(and(in(Field.MARK, 7), in(Field.PRIORITY, 8), in(Field.BOUND_IF, 9)), marked))
                .isTrue();
        Policy intent = policy(block(Intent.SOCKETS, DENY, allow(in(Field.MARK, 7))));
        assertThat(Reference.decide(intent, Map.of(), marked).verdict()).isEqualTo(DENY);
    }

    @Test
    void aSocketHasItsOwnFamilyTypeAndProtocol() {
        assertThat(holds(and(in(Field.FAMILY, 10), in(Field.TYPE, 3), in(Field.PROTO, 58)), socket(10, 3, 58)))
                .isTrue();
        assertThat(holds(in(Field.FAMILY, 2), socket(10, 3, 58))).isFalse();
        assertThat(holds(or(remote("::/0"), in(Field.REMOTE_PORT, 0)), socket(10, 1, 6)))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "net/ipv4/ip_forward,   true",
        "net/ipv4/ip_forwar,    false",
        "net/ipv4/ip_forward2,  false",
        "et/ipv4/ip_forward,    false",
        "net/ipv4/ip_forwarD,   false",
        "net.ipv4.ip_forward,   false",
        "kernel/hostname,       true",
        "'',                    false",
    })
    void aSysctlIsNamedExactly(String name, boolean expected) {
        Guard guard = name("net/ipv4/ip_forward", "kernel/hostname");
        assertThat(holds(guard, sysctl(name, false))).isEqualTo(expected);
        assertThat(holds(not(guard), sysctl(name, true))).isEqualTo(!expected);
    }

    @Test
    void readAndWriteOfASysctlExcludeEachOther() {
        Guard read = in(Field.READ, 1);
        Guard write = in(Field.WRITE, 1);
        assertThat(holds(and(read, not(write)), sysctl("a", false))).isTrue();
        assertThat(holds(and(write, not(read)), sysctl("a", true))).isTrue();
        assertThat(holds(or(in(Field.MKNOD, 1), in(Field.MKNOD, 0)), sysctl("a", true)))
                .isFalse();
        Policy intent = policy(block(SYSCTL, DENY, allow(read)));
        assertThat(Reference.decide(intent, Map.of(), sysctl("a", true)).verdict())
                .isEqualTo(DENY);
    }

    @Test
    void theTraceShowsTheValueThatEachAtomTested() {
        Policy policy = policy(block(
                EGRESS, DENY, allow(and(remote("10.0.0.0/8"), in(Field.REMOTE_PORT, 443))), allow(in(Field.UID, 5))));
        Decision decision = Reference.decide(policy, Map.of(), PING);
        Trace.Walk walk = decision.trace().questions().get(0).walks().get(0);
        assertThat(walk.steps()).hasSize(3);
        assertThat(walk.steps().get(0).reasons())
                .extracting(Trace.Reason::value)
                .containsExactly("remote.ip = 1.2.3.4", "remote.port is absent");
        assertThat(walk.steps().get(1).reasons())
                .extracting(Trace.Reason::value)
                .containsExactly("uid = 1000");
        assertThat(walk.steps().get(2).held()).isEqualTo(Truth.TRUE);
        assertThat(decision.rules()).containsExactly(new RulePlace(0, 2));
    }

    @Test
    void bindAppliesAtBothBindHooks() {
        Policy policy = policy(block(BIND, DENY, allow(in(Field.LOCAL_PORT, 80))));
        assertThat(Reference.decide(policy, Map.of(), requestAt(BIND4, "0.0.0.0", 80, TCP))
                        .verdict()
                        .allows())
                .isTrue();
        assertThat(Reference.decide(policy, Map.of(), requestAt(Hook.BIND6, "::", 81, TCP))
                        .verdict()
                        .allows())
                .isFalse();
        assertThat(Reference.decide(policy, Map.of(), HTTPS).verdict().allows()).isTrue();
    }
}
