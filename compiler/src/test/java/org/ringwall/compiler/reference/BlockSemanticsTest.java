// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.bpf.kernel.Hook.CONNECT4;
import static org.ringwall.bpf.kernel.Hook.CONNECT6;
import static org.ringwall.bpf.kernel.Hook.SENDMSG4;
import static org.ringwall.bpf.kernel.Hook.SOCK_CREATE;
import static org.ringwall.compiler.policy.Intent.DEVICES;
import static org.ringwall.compiler.policy.Intent.EGRESS;
import static org.ringwall.compiler.policy.Intent.SOCKETS;
import static org.ringwall.compiler.policy.Verdict.ALLOW;
import static org.ringwall.compiler.policy.Verdict.DENY;
import static org.ringwall.compiler.reference.Shorthand.TCP;
import static org.ringwall.compiler.reference.Shorthand.UDP;
import static org.ringwall.compiler.reference.Shorthand.allow;
import static org.ringwall.compiler.reference.Shorthand.and;
import static org.ringwall.compiler.reference.Shorthand.block;
import static org.ringwall.compiler.reference.Shorthand.denied;
import static org.ringwall.compiler.reference.Shorthand.deny;
import static org.ringwall.compiler.reference.Shorthand.device;
import static org.ringwall.compiler.reference.Shorthand.in;
import static org.ringwall.compiler.reference.Shorthand.not;
import static org.ringwall.compiler.reference.Shorthand.on;
import static org.ringwall.compiler.reference.Shorthand.or;
import static org.ringwall.compiler.reference.Shorthand.policy;
import static org.ringwall.compiler.reference.Shorthand.remote;
import static org.ringwall.compiler.reference.Shorthand.requestAt;
import static org.ringwall.compiler.reference.Shorthand.socket;
import static org.ringwall.compiler.reference.Shorthand.touch;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.IntervalSet;

/**
 * docs/semantics.md sections 4, 5, 6 and 8: rules, several blocks, devices, and egress at socket
 * creation.
 */
class BlockSemanticsTest {
    private static final Request HTTPS = requestAt(CONNECT4, "1.2.3.4", 443, TCP);
    private static final Guard READ = in(Field.READ, 1);
    private static final Guard WRITE = in(Field.WRITE, 1);
    private static final Guard MKNOD = in(Field.MKNOD, 1);

    private static Decision decide(Policy policy, Request request) {
        return Reference.decide(policy, Map.of(), request);
    }

    @Test
    void theFirstRuleWhoseGuardHoldsDecides() {
        Policy policy = policy(block(
                EGRESS,
                ALLOW,
                deny(in(Field.REMOTE_PORT, 80)),
                allow(in(Field.REMOTE_PORT, 443)),
                deny(Errno.EACCES, in(Field.REMOTE_PORT, 443, 444)),
                deny(Errno.ENOENT, in(Field.REMOTE_PORT, 444))));
        assertThat(decide(policy, HTTPS).verdict()).isEqualTo(ALLOW);
        assertThat(decide(policy, HTTPS).rules()).containsExactly(new RulePlace(0, 1));
        assertThat(decide(policy, requestAt(CONNECT4, "1.2.3.4", 80, TCP)).verdict())
                .isEqualTo(denied(Errno.EPERM));
        assertThat(decide(policy, requestAt(CONNECT4, "1.2.3.4", 444, TCP)).verdict())
                .isEqualTo(denied(Errno.EACCES));
        assertThat(decide(policy, requestAt(CONNECT4, "1.2.3.4", 445, TCP)).rules())
                .containsExactly(new RulePlace(0, 4));
    }

    @Test
    void aBlockWithOnlyADefaultAlwaysReturnsIt() {
        assertThat(decide(policy(block(EGRESS, denied(Errno.EACCES))), HTTPS).verdict())
                .isEqualTo(denied(Errno.EACCES));
        assertThat(decide(policy(block(EGRESS, ALLOW)), HTTPS).verdict()).isEqualTo(ALLOW);
    }

    @Test
    void aHookWithoutABlockAllows() {
        Decision decision = decide(policy(block(DEVICES, DENY)), HTTPS);
        assertThat(decision.verdict()).isEqualTo(ALLOW);
        assertThat(decision.rules()).isEmpty();
    }

    @Test
    void allBlocksMustAllowAndTheFirstDenialIsReturned() {
        Policy policy = policy(
                block(EGRESS, ALLOW, deny(Errno.EACCES, in(Field.REMOTE_PORT, 80))),
                block(DEVICES, DENY),
                on(CONNECT4, ALLOW, deny(Errno.ENOENT, in(Field.REMOTE_PORT, 80, 81))),
                block(EGRESS, denied(Errno.EIO), allow(in(Field.REMOTE_PORT, 443))));
        assertThat(decide(policy, requestAt(CONNECT4, "1.2.3.4", 80, TCP)).verdict())
                .isEqualTo(denied(Errno.EACCES));
        assertThat(decide(policy, requestAt(CONNECT4, "1.2.3.4", 81, TCP)).verdict())
                .isEqualTo(denied(Errno.ENOENT));
        assertThat(decide(policy, requestAt(CONNECT6, "2001:db8::1", 81, TCP)).verdict())
                .isEqualTo(denied(Errno.EIO));
        assertThat(decide(policy, HTTPS).rules())
                .containsExactly(new RulePlace(0, 1), new RulePlace(2, 1), new RulePlace(3, 0));
        Trace.Question question = decide(policy, requestAt(CONNECT4, "1.2.3.4", 81, TCP))
                .trace()
                .questions()
                .get(0);
        assertThat(question.walks()).extracting(Trace.Walk::block).containsExactly(0, 2);
    }

    @Test
    void aBlockForOneHookAppliesOnlyThere() {
        Policy policy = policy(on(SENDMSG4, DENY));
        assertThat(decide(policy, HTTPS).verdict()).isEqualTo(ALLOW);
        assertThat(decide(policy, requestAt(SENDMSG4, "1.2.3.4", 53, UDP)).verdict())
                .isEqualTo(DENY);
    }

    @ParameterizedTest
    @CsvSource({
        "r,   true",
        "w,   false",
        "rw,  false",
        "m,   true",
        "rm,  true",
        "rwm, false",
        "'',  true",
    })
    void everyBitOfADeviceAccessMustBeAllowed(String letters, boolean lives) {
        Policy policy = policy(block(DEVICES, DENY, allow(and(or(READ, MKNOD), device(2, 1, 3, 9)))));
        assertThat(decide(policy, touch(2, 1, 3, letters)).verdict().allows()).isEqualTo(lives);
        assertThat(decide(policy, touch(2, 1, 9, letters)).verdict().allows()).isEqualTo(lives);
        assertThat(decide(policy, touch(2, 1, 10, letters)).verdict().allows()).isEqualTo(letters.isEmpty());
        assertThat(decide(policy, touch(1, 1, 3, letters)).verdict().allows()).isEqualTo(letters.isEmpty());
        assertThat(decide(policy, touch(2, 2, 3, letters)).verdict().allows()).isEqualTo(letters.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"rwm, EACCES", "wm, EIO", "rm, EACCES", "m, ENOENT", "w, EIO"})
    void bitsAreDecidedReadThenWriteThenMknod(String letters, Errno first) {
        Policy policy = policy(
                block(DEVICES, ALLOW, deny(Errno.ENOENT, MKNOD), deny(Errno.EIO, WRITE), deny(Errno.EACCES, READ)));
        assertThat(decide(policy, touch(2, 1, 3, letters)).verdict()).isEqualTo(denied(first));
    }

    @Test
    void eachAccessBitIsEvaluatedSeparately() {
        Policy both = policy(block(DEVICES, ALLOW, deny(and(READ, WRITE))));
        assertThat(decide(both, touch(2, 1, 3, "rwm")).verdict()).isEqualTo(ALLOW);
        Policy notWrite = policy(block(DEVICES, ALLOW, deny(not(WRITE))));
        assertThat(decide(notWrite, touch(2, 1, 3, "rw")).verdict()).isEqualTo(DENY);
        assertThat(decide(notWrite, touch(2, 1, 3, "w")).verdict()).isEqualTo(ALLOW);
    }

    @Test
    void deviceNumbersAreFieldsToo() {
        Policy policy = policy(block(
                DEVICES,
                DENY,
                allow(and(in(Field.DEV_TYPE, 1), in(Field.DEV_MAJOR, 0xffff_ffffL), in(Field.DEV_MINOR, 7)))));
        assertThat(decide(policy, touch(1, 0xffff_ffffL, 7, "r")).verdict()).isEqualTo(ALLOW);
        assertThat(decide(policy, touch(2, 0xffff_ffffL, 7, "r")).verdict()).isEqualTo(DENY);
        assertThat(decide(policy, touch(1, 0xffff_fffeL, 7, "r")).verdict()).isEqualTo(DENY);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 6,   true",
        "1, 262, true",
        "2, 17, true",
        "2, 136, false",
        "2, 6, false",
        "1, 17, false",
        "3, 1, false",
        "3, 6,   false",
        "3, 17, false",
        "3, 255, false",
        "2, 1, false",
        "2, 58, false",
        "1, 132, false",
        "5, 132, false",
        "6, 33, false",
        "1, 256, false",
    })
    void egressThatDeniesRefusesSocketsThatItCannotJudgeLater(int type, int protocol, boolean lives) {
        for (int family : new int[] {2, 10}) {
            Request made = socket(family, type, protocol);
            assertThat(decide(policy(block(EGRESS, DENY)), made).verdict().allows())
                    .isEqualTo(lives);
            Policy withRemote = policy(block(EGRESS, DENY, allow(remote("0.0.0.0/0", "::/0"))));
            assertThat(decide(withRemote, made).verdict().allows()).isEqualTo(lives);
            assertThat(decide(policy(block(EGRESS, ALLOW, deny(Guard.TRUE))), made)
                            .verdict())
                    .isEqualTo(ALLOW);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "3, 262, 6,   true",
        "3, 262, 262, false",
        "3, 257, 1,   true",
        "3, 257, 257, false",
        "3, 256, 0,   true",
        "3, 255, 255, true",
        "1, 262, 262, true",
        "1, 262, 6,   false",
    })
    void aRawSocketHasTheProtocolThatItSends(int type, int made, long proto, boolean denied) {
        for (int family : new int[] {2, 10}) {
            Policy policy = policy(block(SOCKETS, ALLOW, deny(in(Field.PROTO, proto))));
            assertThat(decide(policy, socket(family, type, made)).verdict().allows())
                    .isNotEqualTo(denied);
        }
    }

    static Stream<Arguments> unknownRemote() {
        Guard remote = remote("10.0.0.0/8");
        Guard port = in(Field.REMOTE_PORT, 443);
        Guard raw = in(Field.TYPE, 3);
        Guard icmp = in(Field.PROTO, 1);
        Guard noProtocol = new Guard.In(Field.PROTO, IntervalSet.EMPTY);
        Guard user = in(Field.UID, 1000);
        Guard nothing = new Guard.AddressIn(Field.REMOTE_IP, AddressSet.EMPTY);
        Guard noPort = new Guard.In(Field.REMOTE_PORT, IntervalSet.EMPTY);
        Param param = new Param("p", FieldType.PORT, 0, 9, 5, new SourceFile("p", "").span(0, 0));
        Guard byParam = new Guard.CompareParam(Field.REMOTE_PORT, Comparison.LT, param);
        Request forge = socket(2, 3, 1);
        Request ping = socket(2, 2, 1);
        Request sctp = socket(2, 5, 132);
        return Stream.of(
                Arguments.of(forge, "allow on type", List.of(allow(raw)), true),
                Arguments.of(forge, "a raw socket's protocol is unknown", List.of(allow(icmp)), false),
                Arguments.of(forge, "and may be denied", List.of(deny(icmp), allow(raw)), false),
                Arguments.of(forge, "so may its port", List.of(deny(port), allow(raw)), false),
                Arguments.of(forge, "also of no protocol", List.of(deny(noProtocol), allow(raw)), false),
                Arguments.of(ping, "allow on proto", List.of(allow(icmp)), true),
                Arguments.of(sctp, "allow on proto", List.of(allow(icmp)), false),
                Arguments.of(forge, "allow needs remote", List.of(allow(and(raw, remote))), false),
                Arguments.of(forge, "known or unknown", List.of(allow(or(raw, remote))), true),
                Arguments.of(ping, "not unknown", List.of(allow(not(remote))), false),
                Arguments.of(forge, "deny unknown first", List.of(deny(remote), allow(raw)), false),
                Arguments.of(forge, "deny unknown later", List.of(allow(raw), deny(remote)), true),
                Arguments.of(forge, "deny false", List.of(deny(and(remote, not(raw))), allow(raw)), true),
                Arguments.of(forge, "deny not unknown", List.of(deny(not(remote)), allow(raw)), false),
                Arguments.of(ping, "unknown allow passed over", List.of(allow(remote), allow(user)), true),
                Arguments.of(ping, "no port", List.of(deny(port), allow(user)), true),
                Arguments.of(ping, "not of no port", List.of(allow(not(port))), true),
                Arguments.of(sctp, "port unknown", List.of(deny(port), allow(user)), false),
                Arguments.of(sctp, "not of port unknown", List.of(allow(not(port))), false),
                Arguments.of(sctp, "param unknown", List.of(deny(byParam), allow(user)), false),
                Arguments.of(ping, "param on no port", List.of(deny(byParam), allow(user)), true),
                Arguments.of(ping, "empty set", List.of(deny(nothing), allow(user)), false),
                Arguments.of(ping, "not of the empty set", List.of(allow(not(nothing))), false),
                Arguments.of(sctp, "empty ports", List.of(deny(noPort), allow(user)), false),
                Arguments.of(sctp, "not of empty ports", List.of(allow(not(noPort))), false),
                Arguments.of(forge, "not of empty ports", List.of(allow(not(noPort))), false),
                Arguments.of(ping, "not of empty ports", List.of(allow(not(noPort))), true),
                Arguments.of(forge, "socket's family", List.of(allow(in(Field.FAMILY, 2))), true),
                Arguments.of(socket(10, 3, 58), "socket's family", List.of(allow(in(Field.FAMILY, 2))), false));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("unknownRemote")
    void guardsOnAnUnknownRemoteAreThreeValued(Request made, String why, List<Rule> rules, boolean lives) {
        Policy policy = policy(block(EGRESS, denied(Errno.EIO), rules.toArray(new Rule[0])));
        assertThat(decide(policy, made).verdict().allows()).as(why).isEqualTo(lives);
    }

    @Test
    void theErrnoAtSocketCreationIsThatOfTheRule() {
        Verdict first = decide(
                        policy(block(EGRESS, denied(Errno.EIO), deny(Errno.EACCES, remote("10.0.0.0/8")))),
                        socket(2, 3, 1))
                .verdict();
        assertThat(first).isEqualTo(denied(Errno.EACCES));
        assertThat(decide(policy(block(EGRESS, denied(Errno.EIO))), socket(2, 3, 1))
                        .verdict())
                .isEqualTo(denied(Errno.EIO));
    }

    @Test
    void egressSocketsAndHookBlocksAreEvaluatedInSourceOrder() {
        Policy policy = policy(
                on(SOCK_CREATE, ALLOW, deny(Errno.ENOENT, in(Field.PROTO, 132))),
                block(EGRESS, denied(Errno.EIO), allow(in(Field.PROTO, 132, 1))),
                block(SOCKETS, ALLOW, deny(Errno.EACCES, in(Field.PROTO, 1, 6))));
        assertThat(decide(policy, socket(2, 5, 132)).verdict()).isEqualTo(denied(Errno.ENOENT));
        assertThat(decide(policy, socket(2, 3, 255)).verdict()).isEqualTo(denied(Errno.EIO));
        assertThat(decide(policy, socket(2, 2, 1)).verdict()).isEqualTo(denied(Errno.EACCES));
        assertThat(decide(policy, socket(2, 1, 6)).verdict()).isEqualTo(denied(Errno.EACCES));
        Decision udp = decide(policy, socket(2, 2, 17));
        assertThat(udp.rules()).containsExactly(new RulePlace(0, 1), new RulePlace(2, 1));
    }

    @Test
    void aRuleThatAllowsSeveralBitsIsListedOnce() {
        Policy policy = policy(block(DEVICES, DENY, allow(READ), allow(device(2, 1, 3, 3))));
        assertThat(decide(policy, touch(2, 1, 3, "rwm")).rules())
                .containsExactly(new RulePlace(0, 0), new RulePlace(0, 1));
    }
}
