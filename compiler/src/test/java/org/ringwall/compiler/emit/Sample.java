package org.ringwall.compiler.emit;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.ir.Lowering;
import org.ringwall.compiler.ir.Passes;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/** Builds a typed policy beside its text, without the parser: each rule is a line, and knows it. */
public final class Sample {
    private final String name;
    private final StringBuilder text = new StringBuilder();
    private final List<Draft> drafts = new ArrayList<>();
    private final List<Param> params = new ArrayList<>();

    private record Line(Verdict verdict, Guard guard, int start, int end) {}

    private record Draft(Block.Target target, int start, int end, List<Line> lines) {}

    private Sample(String name) {
        this.name = name;
        text.append("policy ").append(name).append('\n');
    }

    /** Begins a policy. */
    public static Sample policy(String name) {
        return new Sample(name);
    }

    /** Adds a port param. */
    public Sample param(String param, long min, long max, long value) {
        int start = text.length();
        text.append("param %s : port in %d..%d = %d\n".formatted(param, min, max, value));
        params.add(new Param(param, FieldType.PORT, min, max, value, span(start, start + 5)));
        return this;
    }

    private static Span span(int start, int end) {
        return new Span(new SourceFile("p.wall", " ".repeat(end)), start, end);
    }

    /** The param added before. */
    public Param param() {
        return params.get(params.size() - 1);
    }

    /** Begins an intent block. */
    public Sample block(Intent intent) {
        return block(new Block.Target.OfIntent(intent));
    }

    /** Begins a block for one hook. */
    public Sample on(Hook hook) {
        return block(new Block.Target.OfHook(hook));
    }

    private Sample block(Block.Target target) {
        text.append('\n');
        int start = text.length();
        text.append(target.text()).append(" {");
        drafts.add(new Draft(target, start, text.length(), new ArrayList<>()));
        text.append('\n');
        return this;
    }

    /** Adds a rule whose condition reads like this. */
    public Sample rule(Verdict verdict, String condition, Guard guard) {
        return line("  " + verdict + " if " + condition, verdict, guard);
    }

    /** Ends the block. */
    public Sample otherwise(Verdict verdict) {
        line("  default " + verdict, verdict, Guard.TRUE);
        text.append("}\n");
        return this;
    }

    private Sample line(String line, Verdict verdict, Guard guard) {
        int start = text.length() + 2;
        text.append(line);
        drafts.get(drafts.size() - 1).lines().add(new Line(verdict, guard, start, text.length()));
        text.append('\n');
        return this;
    }

    /** The policy, of a file with this name. */
    public Policy build(String file) {
        SourceFile source = new SourceFile(file, text.toString());
        List<Block> blocks = drafts.stream()
                .map(draft -> new Block(
                        draft.target(),
                        Optional.empty(),
                        draft.lines().stream()
                                .map(line ->
                                        new Rule(line.verdict(), line.guard(), source.span(line.start(), line.end())))
                                .toList(),
                        source.span(draft.start(), draft.end())))
                .toList();
        return new Policy(name, source, Optional.empty(), params, blocks, List.of());
    }

    /** The numeric field is one of these. */
    public static Guard in(Field field, long... values) {
        IntervalSet set = IntervalSet.EMPTY;
        for (long value : values) {
            set = set.union(IntervalSet.of(value));
        }
        return new Guard.In(field, set);
    }

    /** What a policy decides at one hook. */
    public static HookDecision decision(Policy policy, Hook hook) {
        return PolicyDiagrams.of(policy).decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .findFirst()
                .orElseThrow();
    }

    /** The routine of one hook before any pass. */
    public static Routine lowered(Policy policy, Hook hook) {
        return Lowering.lower(policy, decision(policy, hook), ByteOrder.LITTLE_ENDIAN);
    }

    /** The routine of one hook after all passes. */
    public static Routine routine(Policy policy, Hook hook) {
        return Passes.run(lowered(policy, hook));
    }

    /** The code of one hook. */
    public static Assembly code(Policy policy, Hook hook, Target target) {
        return generate(Passes.run(Lowering.lower(policy, decision(policy, hook), target.order())), target);
    }

    private static Assembly generate(Routine routine, Target target) {
        try {
            return CodeGenerator.generate(routine, target);
        } catch (CodeTooLargeException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The object of a policy. */
    public static BpfObject object(Policy policy, Target target) {
        return object(policy, target, (name, routine) -> {});
    }

    static BpfObject object(Policy policy, Target target, BiConsumer<String, Routine> dump) {
        List<HookCode> code = PolicyDiagrams.of(policy).decisions().stream()
                .map(decision -> new HookCode(
                        decision.hook(),
                        generate(Passes.run(Lowering.lower(policy, decision, target.order()), dump), target)))
                .toList();
        return ObjectEmitter.emit(policy, code, "ringwallc test", target.order());
    }
}
