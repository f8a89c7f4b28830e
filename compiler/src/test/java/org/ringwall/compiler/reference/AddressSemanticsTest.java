// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.bpf.kernel.Hook.BIND4;
import static org.ringwall.bpf.kernel.Hook.BIND6;
import static org.ringwall.bpf.kernel.Hook.CONNECT4;
import static org.ringwall.bpf.kernel.Hook.CONNECT6;
import static org.ringwall.bpf.kernel.Hook.SENDMSG4;
import static org.ringwall.bpf.kernel.Hook.SENDMSG6;
import static org.ringwall.compiler.policy.Intent.BIND;
import static org.ringwall.compiler.policy.Intent.EGRESS;
import static org.ringwall.compiler.policy.Verdict.ALLOW;
import static org.ringwall.compiler.policy.Verdict.DENY;
import static org.ringwall.compiler.reference.Shorthand.TCP;
import static org.ringwall.compiler.reference.Shorthand.UDP;
import static org.ringwall.compiler.reference.Shorthand.allow;
import static org.ringwall.compiler.reference.Shorthand.block;
import static org.ringwall.compiler.reference.Shorthand.denied;
import static org.ringwall.compiler.reference.Shorthand.deny;
import static org.ringwall.compiler.reference.Shorthand.in;
import static org.ringwall.compiler.reference.Shorthand.local;
import static org.ringwall.compiler.reference.Shorthand.policy;
import static org.ringwall.compiler.reference.Shorthand.raw;
import static org.ringwall.compiler.reference.Shorthand.remote;
import static org.ringwall.compiler.reference.Shorthand.requestAt;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;

/** docs/semantics.md section 2: addresses. */
class AddressSemanticsTest {
    private static Verdict decide(Policy policy, Request request) {
        return Reference.decide(policy, Map.of(), request).verdict();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,            CONNECT4, 10.0.0.0,               true",
        "10.0.0.0/8,            CONNECT4, 10.255.255.255,         true",
        "10.0.0.0/8,            CONNECT4, 11.0.0.0,               false",
        "10.0.0.0/8,            CONNECT4, 9.255.255.255,          false",
        "10.0.0.0/8,            CONNECT6, ::ffff:10.1.2.3,        true",
        "10.0.0.0/8,            CONNECT6, ::ffff:11.1.2.3,        false",
        "10.0.0.0/8,            CONNECT6, ::10.1.2.3,             false",
        "::/0,                  CONNECT4, 10.1.2.3,               false",
        "::/0,                  CONNECT6, ::ffff:10.1.2.3,        false",
        "::/0,                  CONNECT6, 2001:db8::1,            true",
        "::/0,                  CONNECT6, ::fffe:10.1.2.3,        true",
        "::/0,                  CONNECT6, ::1:0:a01:203,          true",
        "0.0.0.0/0,             CONNECT4, 255.255.255.255,        true",
        "0.0.0.0/0,             CONNECT6, ::ffff:255.255.255.255, true",
        "0.0.0.0/0,             CONNECT6, 2001:db8::1,            false",
        "0.0.0.0/0,             CONNECT6, ::1,                    false",
        "::ffff:10.0.0.0/104,   CONNECT4, 10.1.2.3,               true",
        "::ffff:10.0.0.0/104,   CONNECT6, ::ffff:10.1.2.3,        true",
        "::ffff:10.0.0.0/104,   CONNECT4, 11.1.2.3,               false",
        "::ffff:0.0.0.0/96,     SENDMSG4, 1.2.3.4,                true",
        "::ffff:0.0.0.0/96,     SENDMSG6, 2001:db8::1,            false",
        "2001:db8::/32,         SENDMSG6, 2001:db8:ffff::,        true",
        "2001:db8::/32,         SENDMSG6, 2001:db9::,             false",
        "fe80::1,               SENDMSG6, fe80::1,                true",
        "fe80::1,               SENDMSG6, fe80::2,                false",
        "fe80::1,               SENDMSG6, fe81::1,                false",
    })
    void prefixesMatchOnlyTheFamilyOfTheNormalisedAddress(String prefix, Hook hook, String address, boolean member) {
        Policy policy = policy(block(EGRESS, DENY, allow(remote(prefix))));
        Verdict verdict =
                decide(policy, requestAt(hook, address, 80, hook.word().startsWith("send") ? UDP : TCP));
        assertThat(verdict.allows()).isEqualTo(member);
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECT4, 0.0.0.0,        127.0.0.1, true",
        "CONNECT4, 0.0.0.0,        0.0.0.0,   false",
        "SENDMSG4, 0.0.0.0,        127.0.0.1, true",
        "CONNECT6, ::ffff:0.0.0.0, 127.0.0.1, true",
        "CONNECT6, ::ffff:0.0.0.0, ::1,       false",
        "CONNECT6, ::ffff:0.0.0.0, 0.0.0.0,   false",
        "SENDMSG6, ::ffff:0.0.0.0, 127.0.0.1, true",
    })
    void destinationAnyOfV4IsItsLoopback(Hook hook, String address, String allowed, boolean lives) {
        Policy policy = policy(block(EGRESS, DENY, allow(remote(allowed))));
        assertThat(decide(policy, requestAt(hook, address, 80, UDP)).allows()).isEqualTo(lives);
    }

    /**
     * Columns: state, address, port and protocol of an AF_INET6 socket that sends to 1.2.3.4:53.
     */
    @ParameterizedTest
    @CsvSource({
        "1, ::ffff:1.2.3.4, 53, 17,  true",
        "7, ::ffff:1.2.3.4, 53, 17,  false",
        "1, ::ffff:1.2.3.5, 53, 17,  false",
        "1, ::ffff:1.2.3.4, 54, 17,  false",
        "1, ::102:304,      53, 17,  false",
        "1, 1::ffff:102:304, 53, 17, false",
        "1, ::ffff:1.2.3.4, 53, 136, false",
    })
    void aDualStackSendToItsConnectedPeerIsNotARequest(
            int state, String remote, int port, int protocol, boolean lives) {
        Request.AtAddress request = (Request.AtAddress) requestAt(SENDMSG4, "1.2.3.4", 53, protocol);
        Policy policy = policy(block(EGRESS, DENY));
        assertThat(decide(policy, request).allows()).isFalse();
        assertThat(decide(policy, request.by(new Request.DualStack(state, raw(remote), port)))
                        .allows())
                .isEqualTo(lives);
    }

    @Test
    void destinationAnyOfV6NeedsBothLoopbacks() {
        for (Hook hook : new Hook[] {CONNECT6, SENDMSG6}) {
            Request any = requestAt(hook, "::", 80, UDP);
            assertThat(decide(policy(block(EGRESS, DENY, allow(remote("::1", "127.0.0.1")))), any))
                    .isEqualTo(ALLOW);
            assertThat(decide(policy(block(EGRESS, DENY, allow(remote("::1")))), any))
                    .isEqualTo(DENY);
            assertThat(decide(policy(block(EGRESS, DENY, allow(remote("127.0.0.1")))), any))
                    .isEqualTo(DENY);
            assertThat(decide(policy(block(EGRESS, DENY, allow(remote("::/0")))), any))
                    .isEqualTo(DENY);
            assertThat(decide(policy(block(EGRESS, ALLOW, deny(remote("::")))), any))
                    .isEqualTo(ALLOW);
        }
    }

    @Test
    void theDenialOfTheV6LoopbackTakesPrecedence() {
        Request any = requestAt(CONNECT6, "::", 80, TCP);
        Policy both = policy(
                block(EGRESS, ALLOW, deny(Errno.EACCES, remote("127.0.0.1")), deny(Errno.ENETUNREACH, remote("::1"))));
        assertThat(decide(both, any)).isEqualTo(denied(Errno.ENETUNREACH));
        Policy twoBlocks = policy(
                block(EGRESS, ALLOW, deny(Errno.EACCES, remote("127.0.0.1"))),
                block(EGRESS, ALLOW, deny(Errno.ENETUNREACH, remote("::1"))));
        assertThat(decide(twoBlocks, any)).isEqualTo(denied(Errno.ENETUNREACH));
    }

    @Test
    void familyIsThatOfTheNormalisedAddress() {
        Policy inetOnly = policy(block(EGRESS, DENY, allow(in(Field.FAMILY, 2))));
        Policy inet6Only = policy(block(EGRESS, DENY, allow(in(Field.FAMILY, 10))));
        Request mapped = requestAt(CONNECT6, "::ffff:1.2.3.4", 80, TCP);
        assertThat(decide(inetOnly, mapped)).isEqualTo(ALLOW);
        assertThat(decide(inet6Only, mapped)).isEqualTo(DENY);
        assertThat(decide(inet6Only, requestAt(CONNECT6, "2001:db8::1", 80, TCP)))
                .isEqualTo(ALLOW);
        assertThat(decide(inetOnly, requestAt(CONNECT4, "1.2.3.4", 80, TCP))).isEqualTo(ALLOW);
        Request any = requestAt(CONNECT6, "::", 80, TCP);
        assertThat(decide(inetOnly, any)).isEqualTo(DENY);
        assertThat(decide(inet6Only, any)).isEqualTo(DENY);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,        0.0.0.0,   true",
        "0.0.0.0,        127.0.0.1, false",
        "::,             ::,        true",
        "::,             ::1,       false",
        "::,             0.0.0.0,   false",
        "::ffff:0.0.0.0, 0.0.0.0,   true",
        "::ffff:0.0.0.0, ::,        false",
    })
    void bindDoesNotSubstituteTheAnyAddress(String address, String allowed, boolean lives) {
        Hook hook = address.indexOf(':') < 0 ? BIND4 : BIND6;
        Policy policy = policy(block(BIND, DENY, allow(local(allowed))));
        assertThat(decide(policy, requestAt(hook, address, 80, TCP)).allows()).isEqualTo(lives);
    }
}
