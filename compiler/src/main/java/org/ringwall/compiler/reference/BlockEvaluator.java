// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;

/**
 * Section 4: the evaluation of blocks. A token that a rule has taken in a request counts for all of
 * its subjects.
 */
final class BlockEvaluator {
    private final Request request;
    private final EvaluationContext context;
    private final Map<RulePlace, Boolean> tokens = new HashMap<>();

    BlockEvaluator(Request request, EvaluationContext context) {
        this.request = request;
        this.context = context;
    }

    /** Evaluates one block for one subject of the request. */
    BlockWalk evaluate(int index, Block block, Subject subject) {
        if (request instanceof Request.MakeSocket socket) {
            if (block.target().equals(new Block.Target.OfIntent(Intent.EGRESS))) {
                return atCreation(index, block, socket);
            } else if (block.target() instanceof Block.Target.OfHook) {
                return new Walk(index, block, FieldResolver.withSocketOptions(subject, socket), Trace.Manner.ASKED)
                        .run();
            }
        }
        return new Walk(index, block, subject, Trace.Manner.ASKED).run();
    }

    /** Section 6: `egress` with `default deny` at socket creation, where nothing is written. */
    private BlockWalk atCreation(int index, Block block, Request.MakeSocket socket) {
        if (isJudgedAtAddressHooks(socket)) {
            Trace.Walk trace = new Trace.Walk(index, Trace.Manner.JUDGED_AT_ADDRESS_HOOKS, List.of(), Verdict.ALLOW);
            return new BlockWalk(trace, Verdict.ALLOW, Optional.empty(), List.of(), List.of(), List.of());
        }
        return new Walk(index, block, FieldResolver.withRemoteUnknown(socket), Trace.Manner.REMOTE_UNKNOWN).run();
    }

    /** Section 6: whether the traffic of the socket passes connect and sendmsg. */
    private static boolean isJudgedAtAddressHooks(Request.MakeSocket socket) {
        return switch (socket.type()) {
            case 1 -> socket.protocol() == 6 || socket.protocol() == 262;
            case 2 -> socket.protocol() == 17;
            default -> false;
        };
    }

    /** One evaluation of the rules of a block. */
    private final class Walk {
        private final int index;
        private final Block block;
        private final Subject subject;
        private final Trace.Manner manner;
        private final boolean writing;
        private final List<Trace.Step> steps = new ArrayList<>();
        private final List<RulePlace> acting = new ArrayList<>();
        private final List<Effect> writes = new ArrayList<>();
        private final List<BlockWalk.Entry> entries = new ArrayList<>();

        Walk(int index, Block block, Subject subject, Trace.Manner manner) {
            this.index = index;
            this.block = block;
            this.subject = subject;
            this.manner = manner;
            this.writing = manner != Trace.Manner.REMOTE_UNKNOWN;
        }

        /**
         * Evaluates the rules. The first one whose guard is true decides; that of the default
         * always is. If something is unknown (sections 6 and 11), a `deny` decides if its guard may
         * be true, an `allow` only if it is. Rules without a verdict add their effects if their
         * guard is true.
         */
        BlockWalk run() {
            for (int i = 0; i < block.rules().size(); i++) {
                Rule rule = block.rules().get(i);
                if (writing || rule.verdict().isPresent()) {
                    Optional<Verdict> decided = reach(i, rule);
                    if (decided.isPresent()) {
                        return end(i, decided.get());
                    }
                }
            }
            if (block.target().decides()) {
                throw new IllegalStateException("a block without a default");
            }
            Trace.Walk trace = new Trace.Walk(index, Trace.Manner.EFFECTS_ALONE, steps, Verdict.ALLOW);
            List<Effect> done = block.monitored() ? List.of() : writes;
            return new BlockWalk(trace, Verdict.ALLOW, Optional.empty(), acting, done, entries);
        }

        private BlockWalk end(int rule, Verdict decided) {
            Verdict judged = block.monitored() ? Verdict.ALLOW : decided;
            if (judged.allows() && !block.monitored()) {
                acting.add(place(rule));
            }
            return new BlockWalk(
                    new Trace.Walk(index, manner, steps, judged),
                    judged,
                    Optional.of(place(rule)),
                    acting,
                    block.monitored() ? List.of() : writes,
                    entries);
        }

        private RulePlace place(int rule) {
            return new RulePlace(index, rule);
        }

        /** Returns the verdict, if the rule decides. */
        private Optional<Verdict> reach(int i, Rule rule) {
            GuardEvaluator evaluator = new GuardEvaluator(context, subject);
            Truth held = rule.guard().accept(evaluator);
            boolean refuses = rule.denies() || !writing && redirects(rule);
            boolean decides = refuses ? held != Truth.FALSE : rule.allows() && held == Truth.TRUE;
            Optional<Verdict> verdict = decides ? afterToken(i, rule) : Optional.empty();
            boolean added = rule.verdict().isEmpty() && held == Truth.TRUE;
            boolean decided = verdict.isPresent() && !rule.monitored();
            Trace.Act act = added
                    ? Trace.Act.ADDED
                    : decided
                            ? Trace.Act.DECIDED
                            : verdict.isPresent()
                                    ? Trace.Act.MONITORED
                                    : decides ? Trace.Act.WITHOUT_TOKEN : Trace.Act.PASSED;
            steps.add(new Trace.Step(i, held, evaluator.reasons(), act));
            if (added) {
                acting.add(place(i));
            }
            if (added || verdict.isPresent()) {
                record(i, rule, verdict);
            }
            boolean writes = added || decided && verdict.get().allows() && !isWithoutToken(i);
            if (writes && writing) {
                this.writes.addAll(rule.writes());
            }
            return decided ? verdict : Optional.empty();
        }

        /**
         * Section 4, `within` and `redirect`: returns the verdict of a rule whose guard is true;
         * empty if evaluation continues.
         */
        private Optional<Verdict> afterToken(int i, Rule rule) {
            if (rule.within().isEmpty() || token(i, rule)) {
                return rule.verdict().map(verdict -> cannotGo(rule) ? Verdict.DENY : verdict);
            }
            return rule.within().get().otherwise();
        }

        /** Whether the rule got no token: its `else` makes the records, and writes nothing. */
        private boolean isWithoutToken(int i) {
            return !tokens.getOrDefault(place(i), true);
        }

        private boolean token(int i, Rule rule) {
            boolean take = !rule.monitored() && !block.monitored();
            var rate = rule.within().orElseThrow().rate();
            long segments = request instanceof Request.Packet packet
                    ? Segments.of(packet).count()
                    : 1;
            return tokens.computeIfAbsent(
                    place(i), p -> context.buckets().test(rate, Keys.of(rate.key(), firstSubject()), take, segments));
        }

        private static boolean redirects(Rule rule) {
            return rule.effects().stream().anyMatch(Effect.Redirect.class::isInstance);
        }

        /**
         * Whether the rule redirects to a destination that this hook cannot carry, or to none; a
         * new socket has no destination.
         */
        private boolean cannotGo(Rule rule) {
            return redirects(rule)
                    && (!writing
                            || rule.effects().stream()
                                    .anyMatch(effect -> effect instanceof Effect.Redirect redirect
                                            && !Redirections.leads(
                                                    redirect.to(), request.hook(), context, firstSubject())));
        }

        /** Section 12, keys: a request that is decided as several uses the key of the first. */
        private Subject firstSubject() {
            return writing ? FieldResolver.of(request).get(0) : subject;
        }

        private void record(int i, Rule rule, Optional<Verdict> verdict) {
            boolean monitored = rule.monitored() || block.monitored();
            for (int effect = 0; effect < rule.effects().size(); effect++) {
                if (rule.effects().get(effect).isRecord()) {
                    Recorded recorded = new Recorded(
                            place(i),
                            rule.effects().get(effect),
                            verdict,
                            monitored,
                            key(rule.effects().get(effect)));
                    entries.add(new BlockWalk.Entry(recorded, effect, verdict.isPresent() && !monitored));
                }
            }
        }

        private List<KeyValue> key(Effect effect) {
            Key key = effect instanceof Effect.Count count ? count.counter().key() : Key.NONE;
            return Keys.of(key, firstSubject());
        }
    }
}
