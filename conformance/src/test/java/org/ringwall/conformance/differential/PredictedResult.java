// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.testrunner.Effects;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/**
 * The predicted result of a system call under a policy. The reference evaluator decides at each
 * hook, in the kernel's order, on the request as the previous hooks have rewritten it.
 */
public sealed interface PredictedResult {
    /** The call fails with this errno. */
    record Refused(int errno) implements PredictedResult {}

    /**
     * The call has the result that another call would have without a policy. If that call succeeds,
     * one more hook may run.
     *
     * @param made the call with everything that the policy has written into it
     * @param by the caller: root if the policy grants a privileged port
     * @param next the request at the hook that runs after the call has succeeded
     */
    record GoesOn(Probe made, Actor by, Optional<Request> next) implements PredictedResult {}

    /** The result depends on something that this process cannot observe. */
    record Unforeseen() implements PredictedResult {}

    /**
     * Predicts the result with the reference evaluator, for a process whose network namespace has
     * only a loopback interface.
     */
    static PredictedResult of(Policy policy, Map<Param, Long> params, Probe probe) {
        return of(policy, probe, request -> {
            Decision decision = Reference.decide(policy, params, request);
            return new Judged(decision.verdict(), Effects.resolved(decision.writes(), params));
        });
    }

    /**
     * Predicts the result with `judge`, which is called once for each request of the call, in
     * order.
     */
    static PredictedResult of(Policy policy, Probe probe, Function<Request, Judged> judge) {
        return new Walk(policy, probe, judge).follow();
    }

    /**
     * The decision on one request.
     *
     * @param writes the writes if it is allowed, with the values of params; a destination is not
     * resolved into fields
     */
    record Judged(Verdict verdict, List<Effect> writes) {
        public Judged {
            writes = List.copyOf(writes);
        }
    }

    /** The evaluation of one call, hook by hook. */
    final class Walk {
        /** ENOTSUPP of include/linux/errno.h, which is not in the user-space headers. */
        private static final int ENOTSUPP = 524;

        private static final int EINVAL = Errno.EINVAL.number();
        private static final int UDP = 17;
        private static final int UDP_HEADER = 8;

        /** The most bytes of an option's value that a program can read. */
        private static final int SHOWN = 4096;

        /**
         * SO_PRIORITY, SO_BINDTODEVICE, SO_MARK, SO_BINDTOIFINDEX: the options that sock_create can
         * write.
         */
        private static final Set<Integer> WRITTEN = Set.of(12, 25, 36, 62);

        private final Policy policy;
        private final Probe probe;
        private final Function<Request, Judged> judge;
        private final List<Request> made = new ArrayList<>();
        private boolean written;
        private boolean bound;
        private long mark;
        private long priority;
        private boolean grant;

        private Walk(Policy policy, Probe probe, Function<Request, Judged> judge) {
            this.policy = policy;
            this.probe = probe;
            this.judge = judge;
        }

        private PredictedResult follow() {
            for (Request request : probe.requests()) {
                if (request instanceof Request.AtAddress at && isSend(at) && at.port() == 0) {
                    return new Refused(EINVAL); // udp_sendmsg and udpv6_sendmsg check the port before the hook runs
                }
                Judged decision = judge.apply(request);
                if (decision.verdict() instanceof Verdict.Deny deny) {
                    return new Refused(deny.errno().number());
                }
                grant |= decision.verdict().bit() != ReturnBit.NONE;
                Optional<PredictedResult> end = write(request, decision.writes());
                if (end.isPresent()) {
                    return end.get();
                }
            }
            return end();
        }

        private Optional<PredictedResult> write(Request request, List<Effect> effects) {
            Request changed = request;
            for (Effect effect : effects) {
                if (effect instanceof Effect.Redirect redirect && changed instanceof Request.AtAddress at) {
                    changed = led(at, (Destination.Fixed) redirect.to());
                    continue;
                }
                Effect.Assign assign = effect instanceof Effect.JudgedAs judged
                        ? new Effect.Assign(Field.REMOTE_IP, new Effect.Operand.OfAddress(judged.address()))
                        : (Effect.Assign) effect;
                if (request instanceof Request.MakeSocket) {
                    socket(assign);
                } else if (changed instanceof Request.AtAddress at) {
                    if (isSend(at) && assign.field() == Field.LOCAL_IP) {
                        return Optional.of(new Unforeseen());
                    }
                    changed = at(at, assign);
                } else if (changed instanceof Request.TouchSysctl sysctl) {
                    changed = written(sysctl, assign);
                } else if (changed instanceof Request.UseOption use) {
                    if (use.hook() == Hook.GETSOCKOPT) {
                        return Optional.of(new Unforeseen()); // no call without a policy returns the same
                    }
                    changed = given(use, (int) ((Effect.Operand.OfNumber) assign.operand()).value());
                } else {
                    throw new IllegalStateException(effect + " at " + request.hook());
                }
            }
            made.add(changed);
            boolean foreign = changed instanceof Request.AtAddress at
                    && at.hook() == Hook.SENDMSG6
                    && at.address().normalised().isV4();
            return !effects.isEmpty() && foreign ? Optional.of(new Refused(ENOTSUPP)) : Optional.empty();
        }

        private static Request written(Request.TouchSysctl sysctl, Effect.Assign assign) {
            Optional<ByteString> text = Optional.of(((Effect.Operand.OfText) assign.operand()).text());
            return new Request.TouchSysctl(
                    sysctl.name(),
                    sysctl.content(),
                    Optional.of(new Request.TouchSysctl.Write(text, 0)),
                    sysctl.actor());
        }

        /**
         * Returns the request with the value that the kernel uses: `optval`, followed by the rest
         * of the value as far as a program can read it.
         */
        private static Request given(Request.UseOption use, int optval) {
            byte[] value = use.value().toArray();
            if (use.optlen() < Integer.BYTES) {
                value[0] = (byte) optval;
            } else {
                ByteBuffer.wrap(value).order(use.order()).putInt(optval);
            }
            return new Request.UseOption(
                    use.hook(),
                    use.level(),
                    use.optname(),
                    Math.min(use.optlen(), SHOWN),
                    ByteString.of(value),
                    use.order(),
                    use.retval(),
                    use.actor());
        }

        private void socket(Effect.Assign assign) {
            long value = ((Effect.Operand.OfNumber) assign.operand()).value();
            written = true;
            switch (assign.field()) {
                case MARK -> mark = value;
                case PRIORITY -> priority = value;
                case BOUND_IF -> bound = true;
                default -> throw new IllegalStateException(assign + " at sock_create");
            }
        }

        private static Request.AtAddress led(Request.AtAddress at, Destination.Fixed to) {
            Effect.Operand address = new Effect.Operand.OfAddress(to.address());
            return at(
                    at(at, new Effect.Assign(Field.REMOTE_IP, address)),
                    new Effect.Assign(Field.REMOTE_PORT, to.port()));
        }

        private static Request.AtAddress at(Request.AtAddress at, Effect.Assign assign) {
            if (assign.operand() instanceof Effect.Operand.OfNumber port) {
                return new Request.AtAddress(
                        at.hook(), at.address(), (int) port.value(), at.source(), at.protocol(), at.type(), at.actor());
            }
            Address address = ((Effect.Operand.OfAddress) assign.operand()).address();
            boolean maps = address.isV4() && !at.address().isV4();
            U128 bits = maps
                    ? new U128(0, AddressSet.MAPPED_LOW.low() | address.bits().low())
                    : address.bits();
            RawAddress raw = new RawAddress(at.address().isV4(), bits);
            return new Request.AtAddress(at.hook(), raw, at.port(), at.source(), at.protocol(), at.type(), at.actor());
        }

        private PredictedResult end() {
            Request last = made.get(made.size() - 1);
            boolean reads =
                    last instanceof Request.UseOption use && use.level() == 1 && WRITTEN.contains(use.optname());
            if (reads && written || bound && made.size() > 1) {
                return new Unforeseen();
            }
            Optional<Request> next = Optional.empty();
            if (last instanceof Request.AtAddress at) {
                next = isSend(at) ? packet(at) : isBind(at) ? Optional.of(bound(at)) : Optional.empty();
                boolean unknown = next.map(this::readsPort).orElse(isSend(at) && asksPackets());
                if (unknown) {
                    return new Unforeseen();
                }
            }
            Actor actor = probe.requests().get(0).actor();
            Probe call = made.equals(probe.requests()) ? probe : new Probe(made.toString(), made);
            return new GoesOn(call, grant ? actor.as(0, 0) : actor, next);
        }

        /** Returns whether the verdict may depend on a port that the kernel chooses. */
        private boolean readsPort(Request request) {
            boolean chosen = !(request instanceof Request.Bound taken) || taken.port() == 0;
            return chosen && asks(request.hook(), "local.port");
        }

        private boolean asksPackets() {
            return asks(Hook.SKB_EGRESS, "");
        }

        private boolean asks(Hook hook, String words) {
            return policy.blocks().stream()
                    .filter(block -> block.hooks().contains(hook))
                    .anyMatch(block -> block.span().text().contains(words));
        }

        private static boolean isSend(Request.AtAddress at) {
            return at.hook() == Hook.SENDMSG4 || at.hook() == Hook.SENDMSG6;
        }

        private static boolean isBind(Request.AtAddress at) {
            return at.hook() == Hook.BIND4 || at.hook() == Hook.BIND6;
        }

        private static Request bound(Request.AtAddress at) {
            Hook hook = at.hook() == Hook.BIND4 ? Hook.POST_BIND4 : Hook.POST_BIND6;
            return new Request.Bound(hook, at.address(), at.port(), at.protocol(), at.type(), at.actor());
        }

        /**
         * Returns the request of the one datagram that is sent. Its source address is known only
         * for loopback and unspecified destinations.
         */
        private Optional<Request> packet(Request.AtAddress at) {
            Address to = at.address().normalised();
            boolean any = to.bits().equals(U128.ZERO);
            boolean loopback =
                    to.isV4() ? to.bits().low() >>> 24 == 127 : to.bits().equals(U128.of(1));
            if (!any && !loopback) {
                return Optional.empty();
            }
            RawAddress self = new RawAddress(to.isV4(), U128.of(to.isV4() ? 0x7f000001L : 1));
            RawAddress remote = any ? self : new RawAddress(to.isV4(), to.bits());
            PacketBuilder packet = PacketBuilder.at(Hook.SKB_EGRESS, remote, self);
            byte[] datagram = new byte[UDP_HEADER + 1];
            datagram[2] = (byte) (at.port() >>> 8);
            datagram[3] = (byte) at.port();
            PacketMeta meta =
                    PacketMeta.plain(Hook.SKB_EGRESS).with("mark", mark).with("priority", priority);
            return Optional.of(
                    (at.protocol() == UDP ? packet.udp(1, at.port(), 1) : packet.carrying(at.protocol(), datagram))
                            .request(Hook.SKB_EGRESS, meta));
        }
    }
}
