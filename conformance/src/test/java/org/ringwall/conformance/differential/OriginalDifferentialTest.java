// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.PolicyInForce;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.generate.RandomChoices;

/**
 * A test that reference and machine agree on original destinations: connections of both families,
 * redirected or not, the events of both ends in any order, and reads of the option on either
 * socket.
 */
class OriginalDifferentialTest {
    private static final int CONNECTIONS = 400;
    private static final long FIRST_ACCEPTED = 1_000;

    /**
     * Redirects of every kind, alone and together with other rules at the hooks that store and
     * return original destinations.
     */
    private static final List<String> POLICIES = List.of("""
            policy plain
            answer SO_ORIGINAL_DST
            egress {
              allow if remote.port == 1
              redirect 127.0.0.1:3128 if remote.ip in { 192.0.2.0/24, 2001:db8::/32 }
              default allow
            }
            """, """
            policy both_families
            answer SO_ORIGINAL_DST
            param proxy : port in 1024..65535 = 3128
            on connect4 {
              redirect 127.0.0.1:proxy if remote.port in { 80, 443 }
              default allow
            }
            on connect6 {
              redirect [::1]:proxy if remote.port == 80
              redirect 127.0.0.1:proxy if remote.port == 443
              default deny
            }
            """, """
            policy with_state
            answer SO_ORIGINAL_DST
            table spread [remote.ip] within { 127.0.0.0/8 } : 1..65535 max 8 choices 4 default 127.0.0.1:3128
            counter seen [remote.ip] { n: attempts, c: connections } max 64
            egress {
              redirect spread if remote.port != 443 { log; count seen }
              default deny { log because "no" }
            }
            on sock_ops {
              when active_established { count seen }
              when passive_established and remote.port in 40000..40001 { log }
              when rwnd_init { reply 4 }
            }
            sockopt {
              deny if option == SO_ORIGINAL_DST and optlen == 16 { log }
              deny if read and level == SOL_IPV6 and optlen == 28
              default allow
            }
            """, """
            policy told
            answer SO_ORIGINAL_DST
            egress {
              redirect [::1]:3128 if family == inet6
              redirect 127.0.0.1:3128 if family == inet
              default deny
            }
            on getsockopt {
              when option == SO_ORIGINAL_DST { log }
              deny if retval == ENOENT { log }
              default allow
            }
            """);

    @ByteOrders
    void theProxyReadsTheDestinationThatTheReferencePredicts(ByteOrder order) {
        long seed = Differential.ofProperties(CONNECTIONS).seed();
        for (KernelVersion oldest : List.of(new KernelVersion(5, 10), new KernelVersion(6, 1))) {
            POLICIES.forEach(text -> compare(text, oldest, order, seed));
        }
    }

    private static void compare(String text, KernelVersion oldest, ByteOrder order, long seed) {
        var result =
                Compiler.compile(new SourceFile("told.wall", text), new Settings(List.of(oldest), order, Map.of()));
        Compilation compiled =
                result.compilation().orElseThrow(() -> new AssertionError(result.diagnostics() + "\n" + text));
        try {
            long answered = new Walk(compiled, new RandomChoices(seed), order).answered();
            assertThat(answered).as("answers of " + compiled.policy().name()).isGreaterThan(CONNECTIONS / 20);
        } catch (IllegalStateException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + text, e);
        }
    }

    /** A policy and its connections. */
    private static final class Walk {
        private final RandomChoices choices;
        private final ByteOrder order;
        private final PolicyInForce force;
        private long answered;

        Walk(Compilation compiled, RandomChoices choices, ByteOrder order) {
            this.choices = choices;
            this.order = order;
            this.force = PolicyInForce.of(compiled.policy(), compiled.object(), compiled.oldestKernel());
        }

        long answered() {
            for (int i = 0; i < CONNECTIONS; i++) {
                force.pass(choices.below(1000));
                connection(connect());
            }
            return answered;
        }

        private Request.AtAddress connect() {
            RawAddress address = choices.oneOf(
                    new RawAddress(true, U128.of(0xc000_0201L + choices.below(3))),
                    new RawAddress(false, new U128(0, AddressSet.MAPPED_LOW.low() | 0xc000_0201L)),
                    new RawAddress(false, new U128(0x2001_0db8_0000_0000L, 1 + choices.below(3))),
                    new RawAddress(true, U128.of(0x7f00_0001L)));
            Hook hook = address.isV4() ? Hook.CONNECT4 : Hook.CONNECT6;
            return new Request.AtAddress(
                    hook, address, choices.oneOf(1, 80, 443, 3128), 6, 1, of(choices.between(1, 12)));
        }

        private void connection(Request.AtAddress connect) {
            Endpoint wanted = new Endpoint(connect.address().normalised(), connect.port());
            Endpoint server = force.judge(connect).writes().stream()
                    .filter(Effect.Redirect.class::isInstance)
                    .map(effect -> (Destination.Fixed) ((Effect.Redirect) effect).to())
                    .map(to -> new Endpoint(to.address(), (int) ((Effect.Operand.OfNumber) to.port()).value()))
                    .findFirst()
                    .orElse(wanted);
            Address own = server.address().isV4() ? Address.v4(0x7f00_0001L) : new Address(false, U128.of(1));
            Endpoint client = new Endpoint(own, choices.between(40_000, 40_003));
            long first = choices.oneOf(7L, 0xffff_ffffL, choices.bits() & 0xffff_ffffL);
            long accepted = FIRST_ACCEPTED + choices.below(20);
            boolean before = choices.chance(10);
            if (!before) {
                established(SockOpsEvent.ACTIVE_ESTABLISHED, client, server, first, connect.actor());
            }
            if (choices.chance(15)) {
                passive(client, server, choices.chance(50) ? first + 1 & 0xffff_ffffL : first, FIRST_ACCEPTED - 1);
            }
            if (choices.chance(15)) {
                Actor elsewhere = in(of(FIRST_ACCEPTED - 1), Actor.ORDINARY.netns() + 1);
                established(SockOpsEvent.PASSIVE_ESTABLISHED, server, client, first, elsewhere);
            }
            passive(choices.chance(10) ? new Endpoint(own, 1) : client, server, first, accepted);
            if (before) {
                established(SockOpsEvent.ACTIVE_ESTABLISHED, client, server, first, connect.actor());
            }
            for (int i = choices.below(4); i >= 0; i--) {
                option(choices.oneOf(
                        accepted, accepted, FIRST_ACCEPTED - 1, connect.actor().cookie()));
            }
        }

        private void passive(Endpoint client, Endpoint server, long first, long cookie) {
            established(SockOpsEvent.PASSIVE_ESTABLISHED, server, client, first, of(cookie));
        }

        private void established(SockOpsEvent event, Endpoint local, Endpoint remote, long first, Actor actor) {
            boolean wide = !local.address().isV4() || choices.chance(40);
            boolean active = event == SockOpsEvent.ACTIVE_ESTABLISHED;
            Map<String, Long> numbers = new HashMap<>();
            numbers.put(active ? "snd_una" : "rcv_nxt", first + 1 & 0xffff_ffffL);
            if (choices.chance(5)) {
                numbers.put(Request.TcpEvent.FULL, 0L);
            } else {
                numbers.put(active ? "rcv_nxt" : "snd_una", 3L);
                numbers.put("bytes_acked", 1L);
            }
            force.judge(new Request.TcpEvent(
                    event, end(remote, wide), end(local, wide), numbers, new Request.Owner(actor, choices.chance(85))));
        }

        private static Request.TcpEvent.End end(Endpoint end, boolean wide) {
            Address address = end.address();
            RawAddress raw = address.isV4() && wide
                    ? new RawAddress(
                            false,
                            new U128(
                                    0,
                                    AddressSet.MAPPED_LOW.low() | address.bits().low()))
                    : new RawAddress(address.isV4(), address.bits());
            return new Request.TcpEvent.End(raw, end.port());
        }

        private static Actor of(long cookie) {
            Actor any = Actor.ORDINARY;
            return new Actor(
                    any.uid(), any.gid(), any.comm(), any.pid(), any.cgroup(), any.ancestors(), any.netns(), cookie);
        }

        private static Actor in(Actor actor, long netns) {
            return new Actor(
                    actor.uid(),
                    actor.gid(),
                    actor.comm(),
                    actor.pid(),
                    actor.cgroup(),
                    actor.ancestors(),
                    netns,
                    actor.cookie());
        }

        private void option(long cookie) {
            int room = choices.oneOf(0, 15, 16, 27, 28, 128, 4096);
            int retval = choices.oneOf(0, -92, -2, -1, -13);
            int optlen = choices.oneOf(room, Math.min(room, 4), 5000);
            Request asked = new Request.UseOption(
                    Hook.GETSOCKOPT,
                    choices.oneOf(0, 0, 41, 41, 1),
                    choices.chance(90) ? 80 : 81,
                    optlen,
                    ByteString.of(new byte[room]),
                    order,
                    retval,
                    of(cookie));
            List<Effect> writes = force.judge(asked).writes();
            answered += writes.stream().filter(Effect.Answer.class::isInstance).count();
        }
    }
}
