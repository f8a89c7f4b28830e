// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;

/** The reference evaluator, which decides requests exactly as docs/semantics.md specifies. */
public final class Reference {
    /**
     * ESTABLISHED to CLOSING of include/net/tcp_states.h, without those that have no connection.
     */
    private static final Set<Long> CONNECTED = Set.of(1L, 3L, 4L, 5L, 8L, 9L, 11L);

    private final Policy policy;
    private final EvaluationContext context;
    private final Request request;
    private final BlockEvaluator walks;
    private final List<Trace.Question> trace = new ArrayList<>();
    private final Set<RulePlace> acting = new LinkedHashSet<>();
    private final List<Effect> writes = new ArrayList<>();
    private final Records records = new Records();
    private final Redirections redirects;
    private Verdict allowed = Verdict.ALLOW;

    private Reference(Policy policy, EvaluationContext context, Request request) {
        this.policy = policy;
        this.context = context;
        this.request = request;
        this.walks = new BlockEvaluator(request, context);
        this.redirects = new Redirections(policy, context);
    }

    /** Decides the first request. Params that are not given have their defaults. */
    public static Decision decide(Policy policy, Map<Param, Long> params, Request request) {
        return decide(policy, EvaluationContext.of(params), request);
    }

    /** Decides a request, and takes its tokens from the context's buckets. */
    public static Decision decide(Policy policy, EvaluationContext context, Request request) {
        return new Reference(policy, context, request).decide();
    }

    /**
     * Sections 2 and 5: every subject of the request must be allowed; the caller sees the first
     * denial.
     */
    private Decision decide() {
        if (request instanceof Request.AtAddress at && at.isOfConnection()) {
            return new Decision(Verdict.ALLOW, List.of(), List.of(), List.of(), new Trace(List.of()));
        }
        Optional<CallerUse> unknown = CallerUse.at(request.hook(), policy)
                .filter(use -> request.actor().cgroup() == CallerUse.WORKERS);
        if (unknown.isPresent()) {
            RulePlace place = new RulePlace(unknown.get().block(), unknown.get().rule());
            return new Decision(Verdict.DENY, List.of(place), List.of(), List.of(), new Trace(List.of()));
        }
        redirects.handOver(request);
        redirects.dropOriginal(request);
        if (!isRequest(policy, request)) {
            return new Decision(Verdict.ALLOW, List.of(), List.of(), List.of(), new Trace(List.of()));
        }
        for (Subject subject : FieldResolver.of(request)) {
            List<BlockWalk> evaluated = evaluateBlocks(subject);
            trace.add(new Trace.Question(
                    subject.about(), evaluated.stream().map(BlockWalk::trace).toList()));
            for (BlockWalk walk : evaluated) {
                records.add(walk);
                if (!walk.verdict().allows()) {
                    RulePlace decider = walk.decider().orElseThrow();
                    return new Decision(
                            walk.verdict(), List.of(decider), List.of(), records.ofDenial(), new Trace(trace));
                }
                allow(walk);
            }
        }
        List<Effect> left = hasNothingToWrite() ? List.of() : possible(lasting(named()));
        redirects.remember(request, left);
        return new Decision(allowed, List.copyOf(acting), left, records.ofAll(), new Trace(trace));
    }

    /**
     * Section 1, "a TCP event": returns whether the policy judges it. That a connection is closed
     * is a request only if the policy tests for it and has seen the connection established.
     */
    public static boolean isRequest(Policy policy, Request request) {
        return !(request instanceof Request.TcpEvent event)
                || event.event() != SockOpsEvent.TCP_CLOSED
                || policy.followsConnections()
                        && event.isFull()
                        && event.closing().seen()
                        && CONNECTED.contains(event.number(Request.TcpEvent.STATE));
    }

    /**
     * Section 2, destination "any", and section 4, `redirect` and `answer`: returns the judged
     * address, the peer's original address or the original destination, followed by the writes of
     * the policy, which overwrite them.
     */
    private List<Effect> named() {
        List<Effect> all = new ArrayList<>();
        boolean depends = policy.blocks().stream()
                .anyMatch(block -> appliesAt(block, request.hook()) && block.dependsOn(Field.REMOTE_IP));
        if (depends) {
            FieldResolver.substituted(request).ifPresent(address -> all.add(new Effect.JudgedAs(address)));
        }
        all.addAll(redirects.recalled(request));
        all.addAll(redirects.answered(request));
        all.addAll(writes);
        return all;
    }

    /**
     * Section 4: an unnamed sender gets no name, and a sysctl no new value if nothing is written to
     * it.
     */
    private boolean hasNothingToWrite() {
        boolean unnamed = request instanceof Request.AtPath at
                && at.hook() == Hook.RECVMSG_UNIX
                && at.path().size() == 0;
        boolean unwritten = request instanceof Request.TouchSysctl sysctl
                && sysctl.written()
                        .flatMap(Request.TouchSysctl.Write::text)
                        .filter(text -> text.size() > 0)
                        .isEmpty();
        return unnamed || unwritten;
    }

    /**
     * Section 4: adds the modifier, the rules and the writes of a block that allows, in evaluation
     * order.
     */
    private void allow(BlockWalk walk) {
        if (walk.verdict().bit() != ReturnBit.NONE) {
            allowed = walk.verdict();
        }
        acting.addAll(walk.acting());
        writes.addAll(walk.writes());
    }

    /** Section 4: keeps the last of several effects on the same thing. */
    private static List<Effect> lasting(List<Effect> all) {
        List<Effect> lasting = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Effect effect = all.get(i);
            if (all.subList(i + 1, all.size()).stream().noneMatch(later -> writesTheSame(later, effect))) {
                lasting.add(effect);
            }
        }
        return lasting;
    }

    /**
     * Section 4: drops socket options without a full socket, and values of options that have none.
     */
    private List<Effect> possible(List<Effect> all) {
        if (request instanceof Request.UseOption use) {
            return new OptionWrites(use, context.params()).possible(all);
        }
        boolean full = !(request instanceof Request.TcpEvent event) || event.isFull();
        return all.stream()
                .filter(effect -> full || !(effect instanceof Effect.SetOption))
                .toList();
    }

    private static boolean writesTheSame(Effect one, Effect other) {
        if (other instanceof Effect.JudgedAs) {
            return one.writesDestination();
        }
        if (one instanceof Effect.Assign a && other instanceof Effect.Assign b) {
            return a.field() == b.field();
        }
        if (one instanceof Effect.SetOption a && other instanceof Effect.SetOption b) {
            return a.option() == b.option();
        }
        return one instanceof Effect.Reply && other instanceof Effect.Reply
                || one instanceof Effect.Redirect && other instanceof Effect.Redirect;
    }

    /** Section 4, several blocks at one hook: evaluates them in source order until one denies. */
    private List<BlockWalk> evaluateBlocks(Subject subject) {
        List<BlockWalk> evaluated = new ArrayList<>();
        for (int index = 0; index < policy.blocks().size(); index++) {
            Block block = policy.blocks().get(index);
            if (appliesAt(block, request.hook())) {
                BlockWalk walk = walks.evaluate(index, block, subject);
                evaluated.add(walk);
                if (!walk.verdict().allows()) {
                    break;
                }
            }
        }
        return evaluated;
    }

    /** Section 6: whether a block applies to the hook. */
    static boolean appliesAt(Block block, Hook hook) {
        if (block.target() instanceof Block.Target.OfHook target) {
            return target.hook() == hook;
        }
        Intent intent = ((Block.Target.OfIntent) block.target()).intent();
        return switch (intent) {
            case EGRESS ->
                switch (hook) {
                    case CONNECT4, CONNECT6, SENDMSG4, SENDMSG6 -> true;
                    case SOCK_CREATE -> block.deniesByDefault();
                    default -> false;
                };
            case BIND -> hook == Hook.BIND4 || hook == Hook.BIND6;
            case SOCKETS -> hook == Hook.SOCK_CREATE;
            case DEVICES -> hook == Hook.DEVICE;
            case SYSCTL -> hook == Hook.SYSCTL;
            case SOCKOPT -> hook == Hook.GETSOCKOPT || hook == Hook.SETSOCKOPT;
            case PACKETS_INGRESS -> hook == Hook.SKB_INGRESS;
            case PACKETS_EGRESS -> hook == Hook.SKB_EGRESS;
        };
    }
}
