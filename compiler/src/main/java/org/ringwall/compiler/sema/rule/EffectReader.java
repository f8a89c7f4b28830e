// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.KeyReader;
import org.ringwall.compiler.sema.guard.Operands;
import org.ringwall.compiler.sema.text.Endpoints;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.PaceText;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;

/** A reader of the effects of a rule, or of those that a test expects. */
public final class EffectReader implements org.ringwall.compiler.ast.Effect.Visitor<Optional<Effect>> {
    private final Optional<InBlock> block;
    private final String place;
    private final List<Hook> hooks;
    private final List<Field> assignable;
    private final Declarations declarations;
    private final Findings findings;

    /** The limits of a rule's effects; `hooks` are all hooks of its block. */
    private record InBlock(Block.Target target, List<Hook> hooks, TargetFloor floor) {
        boolean has(Counter counter, Span at, Findings findings) {
            return new KeyReader(findings)
                    .isHere(counter.key(), counter.name(), counter.span(), at, target, hooks, floor);
        }
    }

    private EffectReader(
            Optional<InBlock> block,
            String place,
            List<Hook> hooks,
            List<Field> assignable,
            Declarations declarations,
            Findings findings) {
        this.block = block;
        this.place = place;
        this.hooks = hooks;
        this.assignable = assignable;
        this.declarations = declarations;
        this.findings = findings;
    }

    /** Returns a reader for the rules of a block with these hooks. */
    static EffectReader inBlock(
            Block.Target target, List<Hook> hooks, Declarations declarations, TargetFloor floor, Findings findings) {
        return new EffectReader(
                Optional.of(new InBlock(target, hooks, floor)),
                target.text(),
                target.hooks(false),
                HookFields.assignable(target),
                declarations,
                findings);
    }

    /** Returns a reader for the expected effects of an attempt that invokes these hooks. */
    public static EffectReader inTest(String probe, List<Hook> hooks, Declarations declarations, Findings findings) {
        List<Field> fields = hooks.stream()
                .flatMap(hook -> HookFields.assignable(hook).stream())
                .distinct()
                .toList();
        return new EffectReader(Optional.empty(), probe, hooks, fields, declarations, findings);
    }

    /** Reads all effects; empty after a report. */
    public Optional<List<Effect>> read(List<org.ringwall.compiler.ast.Effect> effects) {
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
                                    ? "the kernel does not let programs write it; " + assignableHere()
                                    : "%s; `%s` can be assigned in `%s`"
                                            .formatted(
                                                    assignableHere(),
                                                    field.get().text(),
                                                    String.join("`, `", where))));
            return Optional.empty();
        }
        return Operands.one(Expected.of(field.get()), assign.value(), declarations, findings)
                .filter(operand -> isExpressible(operand, assign.value().span()))
                .filter(operand ->
                        isReached(field.get(), operand, assign.value().span()))
                .filter(operand -> OptionOperands.areTaken(
                        field.get(), operand, assign.value().span(), findings))
                .map(operand -> new Effect.Assign(field.get(), operand));
    }

    private String assignableHere() {
        return assignable.isEmpty()
                ? "this block has no fields to assign"
                : DidYouMean.oneOf(assignable.stream().map(Field::text).toList());
    }

    @Override
    public Optional<Effect> reply(org.ringwall.compiler.ast.Effect.Reply reply) {
        if (!hooks.contains(Hook.SOCK_OPS)) {
            findings.add(Diagnostic.of(Code.REPLY_NOT_HERE, reply.span(), "`%s` cannot have a `reply`".formatted(place))
                    .help("write `reply` in `on sock_ops`"));
            return Optional.empty();
        }
        return Operands.one(new Expected("reply", FieldType.INT), reply.value(), declarations, findings)
                .map(Effect.Reply::new);
    }

    @Override
    public Optional<Effect> setOption(org.ringwall.compiler.ast.Effect.SetOption set) {
        if (!hooks.contains(Hook.SOCK_OPS)) {
            findings.add(
                    Diagnostic.of(Code.OPTION_NOT_HERE, set.span(), "`%s` cannot set a socket option".formatted(place))
                            .help("write `setsockopt` in `on sock_ops`"));
            return Optional.empty();
        }
        return new OptionEffect(block.map(InBlock::floor), declarations, findings).read(set);
    }

    @Override
    public Optional<Effect> log(org.ringwall.compiler.ast.Effect.Log log) {
        if (block.isEmpty() && (log.limit().isPresent() || log.because().isPresent())) {
            findings.add(Diagnostic.of(Code.BAD_PROBE, log.span(), "a test cannot check the content of a record")
                    .help("write only `log`; write a reason after the verdict: `=> deny because \"…\"`"));
            return Optional.empty();
        }
        if (log.limit().isEmpty()) {
            return Optional.of(new Effect.Log(Optional.empty()));
        }
        return PaceText.read(log.limit().get(), Optional.empty())
                .orReport(findings, log.limit().get().span())
                .map(pace -> new Effect.Log(Optional.of(pace)));
    }

    /** In a block a reason is not an effect, so this one belongs to a test. */
    @Override
    public Optional<Effect> because(org.ringwall.compiler.ast.Effect.Because because) {
        findings.add(Diagnostic.of(Code.BAD_PROBE, because.span(), "the reason is among the expected effects")
                .help("write it after the verdict: `=> deny because \"…\"`"));
        return Optional.empty();
    }

    @Override
    public Optional<Effect> count(org.ringwall.compiler.ast.Effect.Count count) {
        return declarations
                .named(Declarations.Declared.OfCounter.class, "counter", count.counter(), findings)
                .map(Declarations.Declared.OfCounter::counter)
                .filter(counter -> block.isEmpty()
                        || block.get().has(counter, count.counter().span(), findings))
                .map(Effect.Count::new);
    }

    @Override
    public Optional<Effect> answered(org.ringwall.compiler.ast.Effect.Answered answered) {
        if (block.isPresent()) {
            findings.add(Diagnostic.of(Code.ANSWER_IN_RULE, answered.span(), "`answer` is not an effect")
                    .help("write `answer SO_ORIGINAL_DST` outside blocks; it applies to all redirects"));
            return Optional.empty();
        }
        if (!hooks.contains(Hook.GETSOCKOPT)) {
            findings.add(Diagnostic.of(
                            Code.BAD_PROBE, answered.span(), "`%s` does not read a socket option".formatted(place))
                    .help("write `getsockopt SO_ORIGINAL_DST => allow { answer 203.0.113.9:80 }`"));
            return Optional.empty();
        }
        return Endpoints.read(answered.destination(), findings).map(Effect.Answer::new);
    }

    /**
     * Whether the address is valid as a destination where it is one; recvmsg and getpeername only
     * show it.
     */
    private boolean isReached(Field field, Effect.Operand operand, Span at) {
        return field != Field.REMOTE_IP
                || hooks.stream().noneMatch(Hook::hasDestination)
                || !(operand instanceof Effect.Operand.OfAddress of)
                || Endpoints.isDestination(of.address(), at, findings);
    }

    /** Whether each hook can carry the address. */
    private boolean isExpressible(Effect.Operand operand, Span at) {
        if (!(operand instanceof Effect.Operand.OfAddress of)) {
            return true;
        }
        boolean v4 = of.address().isV4();
        Optional<Hook> unable = hooks.stream().filter(hook -> !hook.carries(v4)).findFirst();
        unable.ifPresent(hook -> findings.add(Diagnostic.of(
                        Code.ADDRESS_FAMILY,
                        at,
                        "`%s` cannot carry the %s address `%s`".formatted(hook.word(), v4 ? "v4" : "v6", of))
                .help(
                        hooks.size() == 1
                                ? "write a %s address".formatted(v4 ? "v6" : "v4")
                                : "assign it at single hooks, as in `on %s`".formatted(v4 ? "connect4" : "connect6"))));
        return unable.isEmpty();
    }
}
