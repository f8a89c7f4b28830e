package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.request.Request;

/** Decides requests as docs/semantics.md says, and by nothing else. */
public final class Reference {
    private final Policy policy;
    private final Map<Param, Long> params;
    private final Request request;
    private final List<Trace.Question> trace = new ArrayList<>();
    private final Set<RulePlace> acting = new LinkedHashSet<>();
    private final List<Effect> effects = new ArrayList<>();
    private Verdict allowed = Verdict.ALLOW;

    private Reference(Policy policy, Map<Param, Long> params, Request request) {
        this.policy = policy;
        this.params = params;
        this.request = request;
    }

    /** What the policy says to the request. Params that are not given have their defaults. */
    public static Decision decide(Policy policy, Map<Param, Long> params, Request request) {
        params.forEach(Reference::requireInRange);
        return new Reference(policy, params, request).decide();
    }

    private static void requireInRange(Param param, long value) {
        if (Long.compareUnsigned(value, param.min()) < 0 || Long.compareUnsigned(value, param.max()) > 0) {
            throw new IllegalArgumentException(
                    "`" + param.name() + "` cannot be " + Long.toUnsignedString(value) + ": outside its range");
        }
    }

    /** Sections 2 and 5: every question that the request is must be allowed; the first denial is what the caller sees. */
    private Decision decide() {
        for (Subject subject : Subjects.of(request)) {
            List<Trace.Walk> walks = askBlocks(subject);
            trace.add(new Trace.Question(subject.about(), walks));
            for (Trace.Walk walk : walks) {
                if (!walk.verdict().allows()) {
                    return new Decision(walk.verdict(), List.of(decider(walk)), List.of(), new Trace(trace));
                }
                allow(walk);
            }
        }
        List<Effect> left = isUnnamedSender() ? List.of() : lasting(effects);
        return new Decision(allowed, List.copyOf(acting), left, new Trace(trace));
    }

    /** Section 4: a sender without a name is given none. */
    private boolean isUnnamedSender() {
        return request instanceof Request.AtPath at
                && at.hook() == Hook.RECVMSG_UNIX
                && at.path().size() == 0;
    }

    /** Section 4: the modifiers of all that allow, and the effects of all, in the order in which they were met. */
    private void allow(Trace.Walk walk) {
        if (walk.verdict().bit() != ReturnBit.NONE) {
            allowed = walk.verdict();
        }
        for (Trace.Step step : walk.steps()) {
            RulePlace place = new RulePlace(walk.block(), step.rule());
            boolean adds =
                    step.held() == Truth.TRUE && place.in(policy).verdict().isEmpty();
            if (walk.decides(step) || adds) {
                acting.add(place);
            }
        }
        effects.addAll(walk.effects());
    }

    /** Section 4: the last of several effects on the same thing is the one that is seen. */
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

    private static boolean writesTheSame(Effect one, Effect other) {
        if (one instanceof Effect.Assign a && other instanceof Effect.Assign b) {
            return a.field() == b.field();
        }
        return one instanceof Effect.Reply && other instanceof Effect.Reply;
    }

    private static RulePlace decider(Trace.Walk walk) {
        return new RulePlace(
                walk.block(), walk.steps().get(walk.steps().size() - 1).rule());
    }

    /** Section 4, several blocks at one hook: asked in source order until one denies. */
    private List<Trace.Walk> askBlocks(Subject subject) {
        List<Trace.Walk> walks = new ArrayList<>();
        for (int index = 0; index < policy.blocks().size(); index++) {
            Block block = policy.blocks().get(index);
            if (isAsked(block, request.hook())) {
                Trace.Walk walk = askBlock(index, block, subject);
                walks.add(walk);
                if (!walk.verdict().allows()) {
                    break;
                }
            }
        }
        return walks;
    }

    /** Section 6: where a block is asked. */
    static boolean isAsked(Block block, Hook hook) {
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

    private Trace.Walk askBlock(int index, Block block, Subject subject) {
        if (request instanceof Request.MakeSocket socket) {
            if (block.target().equals(new Block.Target.OfIntent(Intent.EGRESS))) {
                return askEgressAtCreation(index, block, socket);
            } else if (block.target() instanceof Block.Target.OfHook) {
                return walkRules(index, block, Subjects.withSocketOptions(subject, socket));
            }
        }
        return walkRules(index, block, subject);
    }

    private Trace.Walk walkRules(int index, Block block, Subject subject) {
        return walkRules(index, block, subject, Trace.Manner.ASKED);
    }

    /**
     * Section 4: the first rule whose guard holds decides; the default's always does. Where something is unknown
     * (sections 6 and 11) a `deny` decides that might hold, and an `allow` that does. Rules without a verdict that hold add
     * their effects.
     */
    private Trace.Walk walkRules(int index, Block block, Subject subject, Trace.Manner manner) {
        List<Trace.Step> steps = new ArrayList<>();
        List<Effect> added = new ArrayList<>();
        boolean writes = manner != Trace.Manner.REMOTE_UNKNOWN;
        for (int i = 0; i < block.rules().size(); i++) {
            Rule rule = block.rules().get(i);
            if (!writes && rule.verdict().isEmpty()) {
                continue;
            }
            Truth held = addStep(steps, i, rule, subject);
            if (writes && held == Truth.TRUE) {
                added.addAll(rule.effects());
            }
            boolean allows = rule.allows() && held == Truth.TRUE;
            boolean denies = rule.denies() && held != Truth.FALSE;
            if (allows || denies) {
                return new Trace.Walk(index, manner, steps, rule.verdict().orElseThrow(), added);
            }
        }
        if (block.target().decides()) {
            throw new IllegalStateException("a block without a default");
        }
        return new Trace.Walk(index, Trace.Manner.EFFECTS_ALONE, steps, Verdict.ALLOW, added);
    }

    /** Section 6, `egress` with `default deny` at socket creation, where it has no effects. */
    private Trace.Walk askEgressAtCreation(int index, Block block, Request.MakeSocket socket) {
        if (isJudgedAtAddressHooks(socket)) {
            return new Trace.Walk(index, Trace.Manner.JUDGED_AT_ADDRESS_HOOKS, List.of(), Verdict.ALLOW, List.of());
        }
        return walkRules(index, block, Subjects.withRemoteUnknown(socket), Trace.Manner.REMOTE_UNKNOWN);
    }

    /** Section 6: the sockets whose traffic passes connect and sendmsg. */
    private static boolean isJudgedAtAddressHooks(Request.MakeSocket socket) {
        return switch (socket.type()) {
            case 1 -> socket.protocol() == 6 || socket.protocol() == 262;
            case 2 -> socket.protocol() == 17;
            default -> false;
        };
    }

    private Truth addStep(List<Trace.Step> steps, int index, Rule rule, Subject subject) {
        GuardEvaluator evaluator = new GuardEvaluator(params, subject);
        Truth held = rule.guard().accept(evaluator);
        steps.add(new Trace.Step(index, held, evaluator.reasons()));
        return held;
    }
}
