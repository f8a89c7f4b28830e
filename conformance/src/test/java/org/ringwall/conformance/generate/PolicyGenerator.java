// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A generator of policies: every block, several blocks for one hook, every construct of
 * docs/semantics.md section 10.
 */
public final class PolicyGenerator {
    /**
     * The weight of an identity field at hooks that read it from a stamp, relative to the other
     * fields.
     */
    private static final int OF_MAKERS = 12;

    private static final List<Hook> UNIX_HOOKS = hooks(hook -> hook.is(AddressFamily.UNIX));

    /** The hooks that every tested kernel has; sock_ops twice, because it has the most fields. */
    private static final List<Hook> HOOKS = Stream.concat(
                    hooks(hook -> KernelVersion.V5_10.atLeast(hook.since())).stream(), Stream.of(Hook.SOCK_OPS))
            .toList();

    private static final KernelVersion CHOOSES_ERRNO = KernelVersion.V6_1;
    private static final List<Errno> ERRNOS = List.of(
            Errno.EPERM, Errno.EACCES, Errno.ENOENT, Errno.ECONNREFUSED, Errno.ENETUNREACH, Errno.EIO, Errno.EINVAL);

    private final RandomChoices choices;
    private final Declarations declarations;
    private final PredicateGenerator predicates;
    private final GuardGenerator guards;
    private final EffectGenerator effects;
    private final boolean newKernel;
    private final KernelVersion floor;
    private Optional<StateGenerator> state = Optional.empty();
    private boolean monitored;
    private boolean redirecting;
    private boolean redirected;
    private int labels;

    private PolicyGenerator(RandomChoices choices) {
        this(choices, choices.chance(60), CHOOSES_ERRNO);
    }

    private PolicyGenerator(RandomChoices choices, boolean newKernel, KernelVersion floor) {
        this.choices = choices;
        this.newKernel = newKernel;
        this.floor = floor;
        this.declarations = new Declarations(choices);
        this.predicates = new PredicateGenerator(choices);
        this.guards = new GuardGenerator(choices, declarations, predicates);
        this.effects = new EffectGenerator(choices, declarations);
    }

    private static List<Hook> hooks(Predicate<Hook> wanted) {
        return Arrays.stream(Hook.values()).filter(wanted).toList();
    }

    public static GeneratedPolicy of(long seed) {
        return new PolicyGenerator(new RandomChoices(seed)).policy();
    }

    /** Returns the policy for a seed with blocks for packets only. */
    public static GeneratedPolicy ofPackets(long seed) {
        PolicyGenerator policies = new PolicyGenerator(new RandomChoices(seed));
        return policies.written(policies.choices.several(1, 2, () -> policies.again(policies.packets())));
    }

    /**
     * Returns the policy for a seed with blocks for Unix sockets only, which need a newer kernel
     * than the others.
     */
    public static GeneratedPolicy ofUnix(long seed) {
        RandomChoices choices = new RandomChoices(seed);
        PolicyGenerator policies = new PolicyGenerator(choices, true, Hook.CONNECT_UNIX.since());
        return policies.written(
                choices.several(1, 3, () -> policies.again(new Block.Target.OfHook(choices.oneOf(UNIX_HOOKS)))));
    }

    /**
     * Returns the policy for a seed with state and records, for the oldest kernel or a newer one.
     */
    public static GeneratedPolicy ofState(long seed) {
        RandomChoices choices = new RandomChoices(seed);
        PolicyGenerator policies = new PolicyGenerator(choices);
        KernelVersion oldest = policies.newKernel ? policies.floor : KernelVersion.V5_10;
        policies.state = Optional.of(new StateGenerator(choices, oldest, policies.declarations.params()));
        policies.monitored = choices.chance(5);
        return policies.policy();
    }

    private Block.Target packets() {
        boolean in = choices.chance(50);
        return choices.chance(50)
                ? new Block.Target.OfHook(in ? Hook.SKB_INGRESS : Hook.SKB_EGRESS)
                : new Block.Target.OfIntent(in ? Intent.PACKETS_INGRESS : Intent.PACKETS_EGRESS);
    }

    private GeneratedPolicy policy() {
        List<DraftBlock> blocks = choices.several(1, 4, this::block);
        if (choices.chance(40)) {
            blocks.add(again(choices.oneOf(blocks).target()));
        }
        return written(blocks);
    }

    private DraftBlock block() {
        return again(
                choices.chance(65)
                        ? new Block.Target.OfIntent(choices.oneOf(Intent.values()))
                        : new Block.Target.OfHook(choices.oneOf(HOOKS)));
    }

    private DraftBlock again(Block.Target target) {
        boolean intent = target instanceof Block.Target.OfIntent;
        Optional<String> label = intent && choices.chance(20) ? Optional.of("part" + labels++) : Optional.empty();
        int most = choices.chance(10) ? 12 : 4;
        redirected |= redirecting;
        if (!target.decides()) {
            return new DraftBlock(target, label, choices.several(1, most, () -> when(target)), false);
        }
        List<DraftRule> rules = new ArrayList<>(choices.several(0, most, () -> rule(target)));
        Written<Verdict> verdict = verdict(target);
        EffectGenerator.Braces written = effects(target, verdict.value(), Guard.TRUE);
        rules.add(new DraftRule("default " + verdict.text(), Optional.of(verdict.value()), Guard.TRUE, written));
        return new DraftBlock(target, label, rules, state.isPresent() && choices.chance(8));
    }

    /** Generates the effects of a rule with this verdict, often none. */
    private EffectGenerator.Braces effects(Block.Target target, Verdict verdict, Guard guard) {
        List<Written<Effect>> all = new ArrayList<>();
        if (verdict.allows() && EffectGenerator.areThere(target, guard) && !choices.chance(70)) {
            all.addAll(writes(target));
        }
        state.ifPresent(kept -> all.addAll(kept.records(target)));
        return effects.inBraces(all);
    }

    /**
     * Generates the writes of a rule. If an earlier block redirects, they do not change the
     * destination.
     */
    private List<Written<Effect>> writes(Block.Target target) {
        return effects.effects(target).stream()
                .filter(effect -> !redirected
                        || !(effect.value() instanceof Effect.Assign assign
                                && (assign.field() == Field.REMOTE_IP || assign.field() == Field.REMOTE_PORT)))
                .toList();
    }

    private DraftRule when(Block.Target target) {
        Written<Guard> drawn;
        do {
            drawn = live(target, guards.guard(BlockFields.of(target), choices.oneOf(0, 1, 1, 2)));
        } while (state.isEmpty() && !EffectGenerator.areThere(target, drawn.value()));
        boolean closed =
                state.isPresent() && target.equals(new Block.Target.OfHook(Hook.SOCK_OPS)) && choices.chance(40);
        Written<Guard> guard = closed ? closed(drawn) : drawn;
        List<Written<Effect>> all = new ArrayList<>();
        state.ifPresent(kept -> all.addAll(kept.records(target, closed)));
        if (EffectGenerator.areThere(target, guard.value()) && (all.isEmpty() || choices.chance(50))) {
            all.addAll(writes(target));
        }
        if (all.isEmpty()) {
            all.add(new Written<>("log", new Effect.Log(Optional.empty())));
        }
        return new DraftRule("when " + guard.text(), Optional.empty(), guard.value(), effects.inBraces(all));
    }

    /** Limits a guard to closed connections, or replaces it. */
    private Written<Guard> closed(Written<Guard> guard) {
        Guard closed = new Guard.In(Field.CLOSED, IntervalSet.of(1));
        return choices.chance(50)
                ? new Written<>("tcp_closed", closed)
                : new Written<>(
                        "tcp_closed and (%s)".formatted(guard.text()), new Guard.And(List.of(closed, guard.value())));
    }

    /** Sometimes combines the guard with a test of a live set. */
    private Written<Guard> live(Block.Target target, Written<Guard> guard) {
        return state.isEmpty() ? guard : predicates.maybe(BlockFields.of(target), () -> withLive(target, guard));
    }

    private Written<Guard> withLive(Block.Target target, Written<Guard> guard) {
        Optional<Written<Guard>> atom =
                choices.chance(40) ? state.flatMap(kept -> kept.atom(target)) : Optional.empty();
        if (atom.isEmpty()) {
            return guard;
        } else if (guard.text().isEmpty()) {
            return atom.get();
        }
        boolean both = choices.chance(70);
        List<Guard> two = List.of(guard.value(), atom.get().value());
        return new Written<>(
                "(%s) %s %s"
                        .formatted(guard.text(), both ? "and" : "or", atom.get().text()),
                both ? new Guard.And(two) : new Guard.Or(two));
    }

    private Written<Verdict> verdict(Block.Target target) {
        if (choices.chance(50)) {
            return newKernel && EffectGenerator.grants(target) && choices.chance(30)
                    ? new Written<>("allow unprivileged", Verdict.ALLOW.with(ReturnBit.BIND_WITHOUT_CAPABILITY))
                    : new Written<>("allow", Verdict.ALLOW);
        }
        if (choices.chance(40) || !newKernel || BlockFields.arePackets(target)) {
            return choices.chance(80) ? new Written<>("deny", Verdict.DENY) : new Written<>("deny EPERM", Verdict.DENY);
        }
        Errno errno = choices.oneOf(ERRNOS);
        return new Written<>("deny " + errno, new Verdict.Deny(errno));
    }

    private DraftRule rule(Block.Target target) {
        if ((EffectGenerator.areThere(target) || state.isPresent()) && choices.chance(20)) {
            return when(target);
        }
        Written<Verdict> verdict = verdict(target);
        Written<Guard> guard = live(
                target,
                choices.chance(4)
                        ? new Written<>("", Guard.TRUE)
                        : guards.guard(withIdentity(target), choices.oneOf(0, 1, 1, 2, 3)));
        String condition = guard.text().isEmpty() ? "" : " if " + guard.text();
        boolean devices = target.equals(new Block.Target.OfIntent(Intent.DEVICES));
        if (devices && verdict.value().allows() && choices.chance(50)) {
            String letters = choices.oneOf("r", "w", "m", "rw", "rm", "wm", "rwm");
            return new DraftRule(
                    "allow " + letters + condition,
                    Optional.of(verdict.value()),
                    withAccess(letters, guard.value()),
                    effects.inBraces(List.of()));
        }
        if (state.isPresent()) {
            return kept(target, verdict, new Written<>(condition, guard.value()));
        }
        EffectGenerator.Braces written = effects(target, verdict.value(), guard.value());
        return new DraftRule(verdict.text() + condition, Optional.of(verdict.value()), guard.value(), written);
    }

    /**
     * Generates a rule with the constructs of a policy with state: rates, destinations, monitor
     * mode.
     */
    private DraftRule kept(Block.Target target, Written<Verdict> drawn, Written<Guard> condition) {
        StateGenerator kept = state.orElseThrow();
        Optional<Written<Destination>> to = choices.chance(25) ? kept.destination(target) : Optional.empty();
        Verdict verdict = to.isPresent() ? Verdict.ALLOW : drawn.value();
        String text = to.map(place -> "redirect " + place.text()).orElse(drawn.text());
        List<Written<Effect>> effects = new ArrayList<>(kept.records(target));
        List<Effect> all = new ArrayList<>();
        to.ifPresent(place -> all.add(new Effect.Redirect(place.value())));
        redirecting |= to.isPresent();
        if (to.isEmpty()
                && verdict.allows()
                && EffectGenerator.areThere(target, condition.value())
                && choices.chance(30)) {
            effects.addAll(writes(target));
        }
        EffectGenerator.Braces written = this.effects.inBraces(effects);
        all.addAll(written.effects());
        Optional<Rate> rate = verdict.allows() && choices.chance(30) ? kept.rate(target) : Optional.empty();
        Optional<Written<Verdict>> otherwise =
                rate.isPresent() && choices.chance(50) ? Optional.of(otherwise(target)) : Optional.empty();
        boolean monitored = choices.chance(12);
        String within = rate.map(one -> " within " + one.name()).orElse("")
                + otherwise.map(other -> " else " + other.text()).orElse("");
        return new DraftRule(
                (monitored ? "monitor " : "") + text + condition.text() + within + written.text(),
                Optional.of(verdict),
                condition.value(),
                all,
                rate.map(one -> new Rule.Within(one, otherwise.map(Written::value))),
                written.because(),
                monitored);
    }

    private Written<Verdict> otherwise(Block.Target target) {
        return choices.chance(60) ? new Written<>("deny", Verdict.DENY) : verdict(target);
    }

    /**
     * Returns the guard of a rule with access letters: `allow rw if G` means `allow if (read or
     * write) and G` (section 5).
     */
    private static Guard withAccess(String letters, Guard guard) {
        List<Guard> access = new ArrayList<>();
        for (Field field : List.of(Field.READ, Field.WRITE, Field.MKNOD)) {
            if (letters.indexOf(field.text().charAt(0)) >= 0) {
                access.add(new Guard.In(field, IntervalSet.of(1)));
            }
        }
        return new Guard.And(List.of(new Guard.Or(access), guard));
    }

    /**
     * Returns the fields of the block, sometimes with an identity field that the policy's kernel
     * supports.
     */
    private List<Field> withIdentity(Block.Target target) {
        List<Field> fields = new ArrayList<>(BlockFields.of(target));
        KernelVersion kernel = newKernel ? floor : KernelVersion.V5_10;
        List<Hook> hooks = target instanceof Block.Target.OfHook one
                ? List.of(one.hook())
                : ((Block.Target.OfIntent) target).intent().hooks();
        List<Field> identity = HookFields.in(target).stream()
                .filter(field -> HookFields.identity(field).isPresent())
                .filter(field -> hooks.stream().allMatch(hook -> kernel.atLeast(FieldSources.since(hook, field))))
                .toList();
        if (!identity.isEmpty() && choices.chance(30)) {
            int weight = hooks.stream().anyMatch(HookFields::readsStamps) ? OF_MAKERS : 1;
            fields.addAll(Collections.nCopies(weight, choices.oneOf(identity)));
        }
        return fields;
    }

    private GeneratedPolicy written(List<DraftBlock> drafts) {
        StringBuilder text = new StringBuilder(monitored ? "monitor policy generated\n\n" : "policy generated\n\n");
        if (newKernel) {
            text.append("requires kernel ").append(floor).append('\n');
        }
        declarations.lines().forEach(line -> text.append(line).append('\n'));
        state.ifPresent(kept -> kept.lines().forEach(line -> text.append(line).append('\n')));
        predicates.lines().forEach(line -> text.append(line).append('\n'));
        List<List<Integer>> places = new ArrayList<>();
        for (DraftBlock block : drafts) {
            places.add(block.writeTo(text));
        }
        SourceFile file = new SourceFile("generated.wall", text.toString());
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            blocks.add(drafts.get(i).at(file, places.get(i), monitored));
        }
        Optional<KernelVersion> requires = newKernel ? Optional.of(floor) : Optional.empty();
        State kept = state.map(StateGenerator::state).orElse(State.NONE);
        Policy policy = new Policy("generated", file, requires, declarations.params(), kept, blocks, List.of());
        return new GeneratedPolicy(policy);
    }

    private record DraftRule(
            String text,
            Optional<Verdict> verdict,
            Guard guard,
            List<Effect> effects,
            Optional<Rule.Within> within,
            Optional<Reason> because,
            boolean monitored) {
        /** Creates a rule from its text and its effects in braces. */
        DraftRule(String head, Optional<Verdict> verdict, Guard guard, EffectGenerator.Braces braces) {
            this(head + braces.text(), verdict, guard, braces.effects(), Optional.empty(), braces.because(), false);
        }
    }

    private record DraftBlock(Block.Target target, Optional<String> label, List<DraftRule> rules, boolean monitored) {
        /** Appends the block and returns the offset of each rule. */
        List<Integer> writeTo(StringBuilder text) {
            List<Integer> starts = new ArrayList<>();
            text.append('\n').append(monitored ? "monitor " : "").append(target.text());
            label.ifPresent(word -> text.append(' ').append(word));
            text.append(" {\n");
            for (DraftRule rule : rules) {
                starts.add(text.length() + 2);
                text.append("  ").append(rule.text()).append('\n');
            }
            text.append("}\n");
            return starts;
        }

        Block at(SourceFile file, List<Integer> starts, boolean all) {
            List<Rule> placed = new ArrayList<>();
            for (int i = 0; i < rules.size(); i++) {
                DraftRule rule = rules.get(i);
                Span span = file.span(starts.get(i), starts.get(i) + rule.text().length());
                placed.add(new Rule(
                        rule.verdict(),
                        rule.guard(),
                        rule.effects(),
                        rule.within(),
                        rule.because(),
                        rule.monitored(),
                        span));
            }
            int end = placed.get(placed.size() - 1).span().end();
            return new Block(target, label, placed, all || monitored, file.span(starts.get(0), end));
        }
    }
}
