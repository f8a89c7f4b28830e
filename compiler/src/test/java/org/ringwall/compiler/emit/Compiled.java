// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.sema.Options;
import org.ringwall.compiler.sema.PolicyChecker;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/**
 * The compiler stages for tests, from a policy's text to its object. An error in the policy fails
 * the test.
 */
public final class Compiled {
    private Compiled() {}

    /** Returns the typed policy of a text, in a file with this name. */
    public static Policy policy(String file, String text, Target target) {
        ParseResult parsed = PolicyParser.parse(new SourceFile(file, text));
        return parsed.file()
                .flatMap(tree -> {
                    var result = PolicyChecker.check(tree, new Options(List.of(target.oldest()), target.order()));
                    return result.policy().or(() -> {
                        throw new AssertionError(result.diagnostics());
                    });
                })
                .orElseThrow(() -> new AssertionError(parsed.diagnostics()));
    }

    /** Returns the code of every hook, and passes each stage of each routine to `dump`. */
    public static List<HookCode> code(Policy policy, Target target, BiConsumer<String, Routine> dump) {
        List<HookCode> code = new ArrayList<>();
        for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
            Routine routine = Passes.run(Lowering.lower(policy, decision, KernelVersion.V5_10), dump);
            code.add(new HookCode(routine, generate(routine, target)));
        }
        return code;
    }

    /** Returns the code of one decision. */
    public static HookCode code(Policy policy, HookDecision decision, Target target) {
        Routine routine = Passes.run(Lowering.lower(policy, decision, KernelVersion.V5_10));
        return new HookCode(routine, generate(routine, target));
    }

    /** Returns the code of one hook. */
    public static HookCode hookCode(Policy policy, Hook hook, Target target) {
        return PolicyDiagrams.of(policy).decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .map(decision -> code(policy, decision, target))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the instructions of one hook. */
    public static Assembly code(Policy policy, Hook hook, Target target) {
        return hookCode(policy, hook, target).assembly();
    }

    private static Assembly generate(Routine routine, Target target) {
        try {
            return CodeGenerator.generate(routine, target);
        } catch (CodeTooLargeException e) {
            throw new AssertionError(e);
        }
    }

    public static BpfObject object(Policy policy, Target target) {
        return ObjectEmitter.emit(
                policy,
                List.of(),
                code(policy, target, (stage, routine) -> {}),
                MapIndexes.NONE,
                "ringwallc test",
                target.order(),
                target.oldest());
    }

    /** Returns the object of a policy's text, in a file with this name. */
    public static BpfObject object(String file, String text, Target target) {
        return object(policy(file, text, target), target);
    }
}
