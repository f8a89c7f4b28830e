package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/** Draws whole policies: every block, several for one hook, every construct of docs/semantics.md section 10. */
public final class PolicyDraw {
    private static final List<Field> EGRESS_FIELDS = List.of(
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.PROTO,
            Field.TYPE,
            Field.FAMILY,
            Field.UID,
            Field.GID);
    private static final List<Field> BIND_FIELDS = List.of(
            Field.LOCAL_IP,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PROTO,
            Field.TYPE,
            Field.FAMILY,
            Field.UID,
            Field.GID);
    private static final List<Field> SOCKET_FIELDS =
            List.of(Field.FAMILY, Field.TYPE, Field.PROTO, Field.UID, Field.GID);
    private static final List<Field> SOCK_CREATE_FIELDS = List.of(
            Field.FAMILY, Field.TYPE, Field.PROTO, Field.UID, Field.GID, Field.MARK, Field.PRIORITY, Field.BOUND_IF);
    private static final List<Field> DEVICE_FIELDS = List.of(
            Field.DEV,
            Field.DEV,
            Field.DEV_TYPE,
            Field.DEV_MAJOR,
            Field.DEV_MINOR,
            Field.READ,
            Field.WRITE,
            Field.MKNOD,
            Field.UID,
            Field.GID);
    private static final List<Field> SYSCTL_FIELDS = List.of(
            Field.NAME, Field.NAME, Field.VALUE, Field.NEW_VALUE, Field.READ, Field.WRITE, Field.UID, Field.GID);

    private static final List<Field> OPTION_FIELDS = List.of(
            Field.OPTION,
            Field.OPTION,
            Field.OPTION,
            Field.LEVEL,
            Field.OPTNAME,
            Field.READ,
            Field.WRITE,
            Field.OPTLEN,
            Field.OPTVAL,
            Field.OPTVAL,
            Field.UID,
            Field.GID);
    private static final List<Field> GETSOCKOPT_FIELDS = List.of(
            Field.OPTION,
            Field.OPTION,
            Field.LEVEL,
            Field.OPTNAME,
            Field.OPTLEN,
            Field.OPTVAL,
            Field.RETVAL,
            Field.RETVAL,
            Field.UID,
            Field.GID);

    /** How often a maker's field is drawn in the place of one of many others. */
    private static final int OF_MAKERS = 12;

    /** What a block about packets can ask. */
    private static final List<Field> PACKET_FIELDS = List.of(
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.REMOTE_PORT,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PROTO,
            Field.PROTO,
            Field.FAMILY,
            Field.ICMP_TYPE,
            Field.ICMP_CODE,
            Field.TCP_SYN,
            Field.TCP_ACK,
            Field.TCP_FIN,
            Field.TCP_RST,
            Field.FRAGMENT,
            Field.MALFORMED,
            Field.LEN,
            Field.MARK,
            Field.PRIORITY,
            Field.PKT_TYPE,
            Field.IFINDEX,
            Field.INGRESS_IFINDEX);

    private static final List<Field> UNIX_FIELDS =
            List.of(Field.PATH, Field.PATH, Field.PATH, Field.PATH, Field.TYPE, Field.UID, Field.GID);

    private static final List<Hook> UNIX_HOOKS = List.of(
            Hook.CONNECT_UNIX, Hook.SENDMSG_UNIX, Hook.RECVMSG_UNIX, Hook.GETPEERNAME_UNIX, Hook.GETSOCKNAME_UNIX);

    private static final List<Hook> HOOKS = List.of(
            Hook.SKB_INGRESS,
            Hook.SKB_EGRESS,
            Hook.CONNECT4,
            Hook.CONNECT6,
            Hook.SENDMSG4,
            Hook.SENDMSG6,
            Hook.BIND4,
            Hook.BIND6,
            Hook.SOCK_CREATE,
            Hook.DEVICE,
            Hook.SYSCTL,
            Hook.RECVMSG4,
            Hook.RECVMSG6,
            Hook.GETPEERNAME4,
            Hook.GETPEERNAME6,
            Hook.GETSOCKNAME4,
            Hook.GETSOCKNAME6,
            Hook.POST_BIND4,
            Hook.POST_BIND6,
            Hook.SOCK_RELEASE,
            Hook.SOCK_OPS,
            Hook.SOCK_OPS,
            Hook.GETSOCKOPT,
            Hook.SETSOCKOPT);
    private static final KernelVersion CHOOSES_ERRNO = KernelVersion.V6_1;
    private static final List<Errno> ERRNOS = List.of(
            Errno.EPERM, Errno.EACCES, Errno.ENOENT, Errno.ECONNREFUSED, Errno.ENETUNREACH, Errno.EIO, Errno.EINVAL);

    private final Draw draw;
    private final Declarations declarations;
    private final GuardDraw guards;
    private final EffectDraw effects;
    private final boolean newKernel;
    private final KernelVersion floor;
    private Optional<StateDraw> state = Optional.empty();
    private int labels;

    private PolicyDraw(Draw draw) {
        this(draw, draw.chance(60), CHOOSES_ERRNO);
    }

    private PolicyDraw(Draw draw, boolean newKernel, KernelVersion floor) {
        this.draw = draw;
        this.newKernel = newKernel;
        this.floor = floor;
        this.declarations = new Declarations(draw);
        this.guards = new GuardDraw(draw, declarations);
        this.effects = new EffectDraw(draw, declarations);
    }

    /** The policy of this seed. */
    public static GeneratedPolicy of(long seed) {
        return new PolicyDraw(new Draw(seed)).policy();
    }

    /** The policy of this seed, with blocks about packets alone. */
    public static GeneratedPolicy ofPackets(long seed) {
        PolicyDraw policies = new PolicyDraw(new Draw(seed));
        return policies.written(policies.draw.several(1, 2, () -> policies.again(policies.packets())));
    }

    /** The policy of this seed, with blocks about Unix sockets alone, which need a newer kernel than all others. */
    public static GeneratedPolicy ofUnix(long seed) {
        Draw draw = new Draw(seed);
        PolicyDraw policies = new PolicyDraw(draw, true, Hook.CONNECT_UNIX.since());
        return policies.written(
                draw.several(1, 3, () -> policies.again(new Block.Target.OfHook(draw.oneOf(UNIX_HOOKS)))));
    }

    /** The policy of this seed, which keeps and records something, on the oldest kernel or a newer one. */
    public static GeneratedPolicy ofState(long seed) {
        Draw draw = new Draw(seed);
        PolicyDraw policies = new PolicyDraw(draw);
        policies.state = Optional.of(new StateDraw(draw, policies.newKernel ? policies.floor : KernelVersion.V5_10));
        return policies.policy();
    }

    private Block.Target packets() {
        boolean in = draw.chance(50);
        return draw.chance(50)
                ? new Block.Target.OfHook(in ? Hook.SKB_INGRESS : Hook.SKB_EGRESS)
                : new Block.Target.OfIntent(in ? Intent.PACKETS_INGRESS : Intent.PACKETS_EGRESS);
    }

    private GeneratedPolicy policy() {
        List<DraftBlock> blocks = draw.several(1, 4, this::block);
        if (draw.chance(40)) {
            blocks.add(again(draw.oneOf(blocks).target()));
        }
        return written(blocks);
    }

    private DraftBlock block() {
        return again(
                draw.chance(65)
                        ? new Block.Target.OfIntent(draw.oneOf(Intent.values()))
                        : new Block.Target.OfHook(draw.oneOf(HOOKS)));
    }

    private DraftBlock again(Block.Target target) {
        boolean intent = target instanceof Block.Target.OfIntent;
        Optional<String> label = intent && draw.chance(20) ? Optional.of("part" + labels++) : Optional.empty();
        int most = draw.chance(10) ? 12 : 4;
        if (!target.decides()) {
            return new DraftBlock(target, label, draw.several(1, most, () -> when(target)), false);
        }
        List<DraftRule> rules = new ArrayList<>(draw.several(0, most, () -> rule(target)));
        Written<Verdict> verdict = verdict(target);
        Written<List<Effect>> written = effects(target, verdict.value(), Guard.TRUE);
        rules.add(new DraftRule(
                "default " + verdict.text() + written.text(),
                Optional.of(verdict.value()),
                Guard.TRUE,
                written.value()));
        boolean monitored = state.isPresent() && draw.chance(8);
        return new DraftBlock(target, label, rules, monitored);
    }

    /** Those of a rule with this verdict, with a space before them; often none. */
    private Written<List<Effect>> effects(Block.Target target, Verdict verdict, Guard guard) {
        List<Written<Effect>> all = new ArrayList<>();
        if (verdict.allows() && EffectDraw.areThere(target, guard) && !draw.chance(70)) {
            all.addAll(effects.effects(target));
        }
        state.ifPresent(kept -> all.addAll(kept.records(target)));
        return EffectDraw.inBraces(all);
    }

    private DraftRule when(Block.Target target) {
        Written<Guard> guard;
        do {
            guard = live(target, guards.guard(fields(target), draw.oneOf(0, 1, 1, 2)));
        } while (state.isEmpty() && !EffectDraw.areThere(target, guard.value()));
        List<Written<Effect>> all = new ArrayList<>();
        state.ifPresent(kept -> all.addAll(kept.records(target)));
        if (EffectDraw.areThere(target, guard.value()) && (all.isEmpty() || draw.chance(50))) {
            all.addAll(effects.effects(target));
        }
        if (all.isEmpty()) {
            all.add(new Written<>("log", new Effect.Log(Optional.empty())));
        }
        Written<List<Effect>> drawn = EffectDraw.inBraces(all);
        return new DraftRule("when " + guard.text() + drawn.text(), Optional.empty(), guard.value(), drawn.value());
    }

    /** At times the guard and what a live set holds. */
    private Written<Guard> live(Block.Target target, Written<Guard> guard) {
        Optional<Written<Guard>> atom =
                draw.chance(40) ? state.flatMap(kept -> kept.atom(fields(target))) : Optional.empty();
        if (atom.isEmpty()) {
            return guard;
        } else if (guard.text().isEmpty()) {
            return atom.get();
        }
        boolean both = draw.chance(70);
        List<Guard> two = List.of(guard.value(), atom.get().value());
        return new Written<>(
                "(%s) %s %s"
                        .formatted(guard.text(), both ? "and" : "or", atom.get().text()),
                both ? new Guard.And(two) : new Guard.Or(two));
    }

    private Written<Verdict> verdict(Block.Target target) {
        if (draw.chance(50)) {
            return newKernel && EffectDraw.grants(target) && draw.chance(30)
                    ? new Written<>("allow unprivileged", Verdict.ALLOW.with(ReturnBit.BIND_WITHOUT_CAPABILITY))
                    : new Written<>("allow", Verdict.ALLOW);
        }
        if (draw.chance(40) || !newKernel || fields(target).equals(PACKET_FIELDS)) {
            return draw.chance(80) ? new Written<>("deny", Verdict.DENY) : new Written<>("deny EPERM", Verdict.DENY);
        }
        Errno errno = draw.oneOf(ERRNOS);
        return new Written<>("deny " + errno, new Verdict.Deny(errno));
    }

    private DraftRule rule(Block.Target target) {
        if ((EffectDraw.areThere(target) || state.isPresent()) && draw.chance(20)) {
            return when(target);
        }
        Written<Verdict> verdict = verdict(target);
        Written<Guard> guard = live(
                target,
                draw.chance(4)
                        ? new Written<>("", Guard.TRUE)
                        : guards.guard(withIdentity(target), draw.oneOf(0, 1, 1, 2, 3)));
        String condition = guard.text().isEmpty() ? "" : " if " + guard.text();
        boolean devices = target.equals(new Block.Target.OfIntent(Intent.DEVICES));
        if (devices && verdict.value().allows() && draw.chance(50)) {
            String letters = draw.oneOf("r", "w", "m", "rw", "rm", "wm", "rwm");
            return new DraftRule(
                    "allow " + letters + condition,
                    Optional.of(verdict.value()),
                    withAccess(letters, guard.value()),
                    List.of());
        }
        if (state.isPresent()) {
            return kept(target, verdict, new Written<>(condition, guard.value()));
        }
        Written<List<Effect>> written = effects(target, verdict.value(), guard.value());
        return new DraftRule(
                verdict.text() + condition + written.text(),
                Optional.of(verdict.value()),
                guard.value(),
                written.value());
    }

    /** A rule with everything that a policy which keeps something can say: rates, destinations, monitor mode. */
    private DraftRule kept(Block.Target target, Written<Verdict> drawn, Written<Guard> condition) {
        StateDraw kept = state.orElseThrow();
        Optional<Written<Destination>> to = draw.chance(25) ? kept.destination(target) : Optional.empty();
        Verdict verdict = to.isPresent() ? Verdict.ALLOW : drawn.value();
        String text = to.map(place -> "redirect " + place.text()).orElse(drawn.text());
        List<Written<Effect>> effects = new ArrayList<>(kept.records(target));
        List<Effect> all = new ArrayList<>();
        to.ifPresent(place -> all.add(new Effect.Redirect(place.value())));
        if (to.isEmpty() && verdict.allows() && EffectDraw.areThere(target, condition.value()) && draw.chance(30)) {
            effects.addAll(this.effects.effects(target));
        }
        Written<List<Effect>> written = EffectDraw.inBraces(effects);
        all.addAll(written.value());
        Optional<Rate> rate = verdict.allows() && draw.chance(30) ? kept.rate(target) : Optional.empty();
        Optional<Written<Verdict>> otherwise =
                rate.isPresent() && draw.chance(50) ? Optional.of(otherwise()) : Optional.empty();
        boolean monitored = draw.chance(12);
        String within = rate.map(one -> " within " + one.name()).orElse("")
                + otherwise.map(other -> " else " + other.text()).orElse("");
        return new DraftRule(
                (monitored ? "monitor " : "") + text + condition.text() + within + written.text(),
                Optional.of(verdict),
                condition.value(),
                all,
                rate.map(one -> new Rule.Within(one, otherwise.map(Written::value))),
                monitored);
    }

    private Written<Verdict> otherwise() {
        return draw.chance(80) ? new Written<>("deny", Verdict.DENY) : new Written<>("allow", Verdict.ALLOW);
    }

    /** Section 5: `allow rw if G` is `allow if (read or write) and G`. */
    private static Guard withAccess(String letters, Guard guard) {
        List<Guard> access = new ArrayList<>();
        for (Field field : List.of(Field.READ, Field.WRITE, Field.MKNOD)) {
            if (letters.indexOf(field.text().charAt(0)) >= 0) {
                access.add(new Guard.In(field, IntervalSet.of(1)));
            }
        }
        return new Guard.And(List.of(new Guard.Or(access), guard));
    }

    /** The block's own fields, and at times who asks, as far as the policy's kernel tells. */
    private List<Field> withIdentity(Block.Target target) {
        List<Field> fields = new ArrayList<>(fields(target));
        KernelVersion kernel = newKernel ? floor : KernelVersion.V5_10;
        List<Hook> hooks = target instanceof Block.Target.OfHook one
                ? List.of(one.hook())
                : ((Block.Target.OfIntent) target).intent().hooks();
        List<Field> identity = HookFields.in(target).stream()
                .filter(field -> HookFields.identity(field).isPresent())
                .filter(field -> hooks.stream().allMatch(hook -> kernel.atLeast(FieldSources.since(hook, field))))
                .toList();
        if (!identity.isEmpty() && draw.chance(30)) {
            int weight = hooks.stream().anyMatch(HookFields::readsStamps) ? OF_MAKERS : 1;
            fields.addAll(Collections.nCopies(weight, draw.oneOf(identity)));
        }
        return fields;
    }

    private static List<Field> fields(Block.Target target) {
        if (target instanceof Block.Target.OfIntent intent) {
            return switch (intent.intent()) {
                case EGRESS -> EGRESS_FIELDS;
                case BIND -> BIND_FIELDS;
                case SOCKETS -> SOCKET_FIELDS;
                case DEVICES -> DEVICE_FIELDS;
                case SYSCTL -> SYSCTL_FIELDS;
                case SOCKOPT -> OPTION_FIELDS;
                case PACKETS_INGRESS, PACKETS_EGRESS -> PACKET_FIELDS;
            };
        }
        return switch (((Block.Target.OfHook) target).hook()) {
            case CONNECT4, CONNECT6 -> EGRESS_FIELDS;
            case BIND4, BIND6 -> BIND_FIELDS;
            case SOCK_CREATE -> SOCK_CREATE_FIELDS;
            case DEVICE -> DEVICE_FIELDS;
            case SYSCTL -> SYSCTL_FIELDS;
            case GETSOCKOPT -> GETSOCKOPT_FIELDS;
            case SETSOCKOPT -> OPTION_FIELDS;
            case SKB_INGRESS, SKB_EGRESS -> PACKET_FIELDS;
            case CONNECT_UNIX, SENDMSG_UNIX, RECVMSG_UNIX, GETPEERNAME_UNIX, GETSOCKNAME_UNIX -> UNIX_FIELDS;
            default -> HookFields.in(target);
        };
    }

    private GeneratedPolicy written(List<DraftBlock> drafts) {
        StringBuilder text = new StringBuilder("policy generated\n\n");
        if (newKernel) {
            text.append("requires kernel ").append(floor).append('\n');
        }
        declarations.lines().forEach(line -> text.append(line).append('\n'));
        state.ifPresent(kept -> kept.lines().forEach(line -> text.append(line).append('\n')));
        List<List<Integer>> places = new ArrayList<>();
        for (DraftBlock block : drafts) {
            places.add(block.writeTo(text));
        }
        SourceFile file = new SourceFile("generated.wall", text.toString());
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            blocks.add(drafts.get(i).at(file, places.get(i)));
        }
        Optional<KernelVersion> requires = newKernel ? Optional.of(floor) : Optional.empty();
        State kept = state.map(StateDraw::state).orElse(State.NONE);
        Policy policy = new Policy("generated", file, requires, declarations.params(), kept, blocks, List.of());
        return new GeneratedPolicy(policy);
    }

    private record DraftRule(
            String text,
            Optional<Verdict> verdict,
            Guard guard,
            List<Effect> effects,
            Optional<Rule.Within> within,
            boolean monitored) {
        DraftRule(String text, Optional<Verdict> verdict, Guard guard, List<Effect> effects) {
            this(text, verdict, guard, effects, Optional.empty(), false);
        }
    }

    private record DraftBlock(Block.Target target, Optional<String> label, List<DraftRule> rules, boolean monitored) {
        /** Appends the block and says where each rule begins. */
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

        Block at(SourceFile file, List<Integer> starts) {
            List<Rule> all = new ArrayList<>();
            for (int i = 0; i < rules.size(); i++) {
                DraftRule rule = rules.get(i);
                Span span = file.span(starts.get(i), starts.get(i) + rule.text().length());
                all.add(new Rule(
                        rule.verdict(),
                        rule.guard(),
                        rule.effects(),
                        rule.within(),
                        Optional.empty(),
                        rule.monitored(),
                        span));
            }
            int end = all.get(all.size() - 1).span().end();
            return new Block(target, label, all, monitored, file.span(starts.get(0), end));
        }
    }
}
