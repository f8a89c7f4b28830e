package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** Reads the effects of a rule, or those that a test expects. */
final class EffectReader implements org.ringwall.compiler.ast.Effect.Visitor<Optional<Effect>> {
    private final String place;
    private final List<Hook> hooks;
    private final List<Field> assignable;
    private final Declarations declarations;
    private final Findings findings;

    private EffectReader(
            String place, List<Hook> hooks, List<Field> assignable, Declarations declarations, Findings findings) {
        this.place = place;
        this.hooks = hooks;
        this.assignable = assignable;
        this.declarations = declarations;
        this.findings = findings;
    }

    /** A reader for the rules of a block. */
    static EffectReader inBlock(Block.Target target, Declarations declarations, Findings findings) {
        List<Hook> hooks = target.hooks(false);
        return new EffectReader(target.text(), hooks, HookFields.assignable(target), declarations, findings);
    }

    /** A reader for what a test expects of an attempt that asks at these hooks. */
    static EffectReader inTest(String probe, List<Hook> hooks, Declarations declarations, Findings findings) {
        List<Field> fields = hooks.stream()
                .flatMap(hook -> HookFields.assignable(hook).stream())
                .distinct()
                .toList();
        return new EffectReader(probe, hooks, fields, declarations, findings);
    }

    /** All of them; empty after a report. */
    Optional<List<Effect>> read(List<org.ringwall.compiler.ast.Effect> effects) {
        List<Effect> read = new ArrayList<>();
        for (org.ringwall.compiler.ast.Effect effect : effects) {
            effect.accept(this).ifPresent(read::add);
        }
        return read.size() == effects.size() ? Optional.of(read) : Optional.empty();
    }

    @Override
    public Optional<Effect> assign(org.ringwall.compiler.ast.Effect.Assign assign) {
        Optional<Field> field = Field.named(assign.field().text());
        if (field.isEmpty()) {
            List<String> words = assignable.stream().map(Field::text).toList();
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_FIELD,
                            assign.field().span(),
                            "there is no field `%s`".formatted(assign.field().text()))
                    .help(DidYouMean.help(assign.field().text(), words).orElse(assignableHere())));
            return Optional.empty();
        }
        if (!assignable.contains(field.get())) {
            List<String> where = HookFields.blocksAssigning(field.get());
            findings.add(Diagnostic.of(
                            Code.NOT_ASSIGNABLE,
                            assign.field().span(),
                            "`%s` cannot be assigned in `%s`"
                                    .formatted(field.get().text(), place))
                    .help(
                            where.isEmpty()
                                    ? "the kernel lets no program write it; " + assignableHere()
                                    : "%s; `%s` is assigned in `%s`"
                                            .formatted(
                                                    assignableHere(),
                                                    field.get().text(),
                                                    String.join("`, `", where))));
            return Optional.empty();
        }
        return operand(Expected.of(field.get()), assign.value())
                .filter(operand -> isExpressible(operand, assign.value().span()))
                .map(operand -> new Effect.Assign(field.get(), operand));
    }

    private String assignableHere() {
        return assignable.isEmpty()
                ? "nothing is assigned here"
                : assignable.stream()
                        .map(Field::text)
                        .collect(Collectors.joining("`, `", "what is assigned here is `", "`"));
    }

    @Override
    public Optional<Effect> reply(org.ringwall.compiler.ast.Effect.Reply reply) {
        if (!hooks.contains(Hook.SOCK_OPS)) {
            findings.add(Diagnostic.of(
                            Code.REPLY_NOT_HERE,
                            reply.span(),
                            "`%s` asks for no number, so there is no reply".formatted(place))
                    .help("a `reply` belongs in `on sock_ops`"));
            return Optional.empty();
        }
        return operand(new Expected("reply", FieldType.INT), reply.value()).map(Effect.Reply::new);
    }

    private Optional<Effect.Operand> operand(Expected expected, Value value) {
        Optional<Part> part = value.accept(new ValueReader(declarations, findings, Optional.of(expected)));
        if (part.isEmpty()) {
            return Optional.empty();
        }
        if (part.get() instanceof Part.Fixed fixed && fixed.members().names().contains("")) {
            findings.add(Diagnostic.of(Code.BAD_STRING, value.span(), "no Unix socket can be named ``")
                    .help("write a path, or `\"@name\"` for an abstract name"));
            return Optional.empty();
        }
        if (part.get() instanceof Part.Later later) {
            return Optional.of(new Effect.Operand.OfParam(later.param()));
        }
        Optional<Effect.Operand> one = part.get() instanceof Part.Fixed fixed ? constant(fixed) : Optional.empty();
        if (one.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.SEVERAL_ASSIGNED,
                            value.span(),
                            "`%s` takes one value, and `%s` is several"
                                    .formatted(expected.name(), value.span().text()))
                    .help(expected.help()));
        }
        return one;
    }

    private static Optional<Effect.Operand> constant(Part.Fixed fixed) {
        Members members = fixed.members();
        if (!members.addresses().v4().isEmpty()) {
            return single(members.addresses().v4())
                    .map(interval -> new Effect.Operand.OfAddress(new Address(true, interval.low())));
        }
        if (!members.addresses().v6().isEmpty()) {
            return single(members.addresses().v6())
                    .map(interval -> new Effect.Operand.OfAddress(new Address(false, interval.low())));
        }
        if (!members.names().isEmpty()) {
            return members.names().size() == 1
                    ? Optional.of(new Effect.Operand.OfText(
                            ByteString.of(members.names().first())))
                    : Optional.empty();
        }
        return single(members.numbers())
                .map(interval -> new Effect.Operand.OfNumber(interval.low().toLongExact()));
    }

    private static Optional<Interval> single(IntervalSet set) {
        boolean one = set.intervals().size() == 1
                && set.intervals().get(0).low().equals(set.intervals().get(0).high());
        return one ? Optional.of(set.intervals().get(0)) : Optional.empty();
    }

    /** A hook's family must be able to carry an address; a kernel refuses a mapped one at sendmsg6 (udpv6_sendmsg). */
    private boolean isExpressible(Effect.Operand operand, Span at) {
        if (!(operand instanceof Effect.Operand.OfAddress of)) {
            return true;
        }
        boolean v4 = of.address().isV4();
        Optional<Hook> unable = hooks.stream()
                .filter(hook -> v4 ? hook == Hook.SENDMSG6 : hook.word().endsWith("4"))
                .findFirst();
        unable.ifPresent(hook -> findings.add(Diagnostic.of(
                        Code.ADDRESS_FAMILY,
                        at,
                        "`%s` cannot carry the %s address `%s`".formatted(hook.word(), v4 ? "v4" : "v6", of))
                .help(
                        hooks.size() == 1
                                ? "write a %s address".formatted(v4 ? "v6" : "v4")
                                : "assign it hook by hook, as in `on %s`".formatted(v4 ? "connect4" : "connect6"))));
        return unable.isEmpty();
    }
}
