// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;

/**
 * The first rule at a hook through which a request depends on the calling task (docs/semantics.md
 * section 7): by its guard, or by the key of its rate or of the table that it redirects by.
 * Monitored rules, and rules that only record, do not count.
 *
 * @param block the index of the block
 * @param rule the index of the rule in the block
 */
public record CallerUse(int block, int rule) {
    /**
     * The cgroup of the kernel's own threads, the root of the hierarchy. No process in a policy's
     * cgroups is in it.
     */
    public static final long WORKERS = 1;

    /**
     * The hooks at which a kernel worker may be the calling task: it binds and connects a subflow
     * (`__mptcp_subflow_connect`).
     */
    private static final Set<Hook> OF_WORKERS =
            EnumSet.of(Hook.BIND4, Hook.BIND6, Hook.POST_BIND4, Hook.POST_BIND6, Hook.CONNECT4, Hook.CONNECT6);

    private static final Set<Field> OF_TASK = EnumSet.copyOf(
            Arrays.stream(Field.values()).filter(CallerUse::isOfTask).toList());

    /** Returns the first such rule at a hook at which a kernel worker may be the calling task. */
    public static Optional<CallerUse> at(Hook hook, Policy policy) {
        if (!OF_WORKERS.contains(hook)) {
            return Optional.empty();
        }
        return IntStream.range(0, policy.blocks().size())
                .filter(block -> policy.blocks().get(block).hooks().contains(hook)
                        && !policy.blocks().get(block).monitored())
                .boxed()
                .flatMap(block -> in(block, policy.blocks().get(block)))
                .findFirst();
    }

    private static Stream<CallerUse> in(int block, Block rules) {
        return IntStream.range(0, rules.rules().size())
                .filter(rule -> depends(rules.rules().get(rule)))
                .mapToObj(rule -> new CallerUse(block, rule));
    }

    private static boolean depends(Rule rule) {
        boolean acts = !rule.monitored()
                && (rule.verdict().isPresent() || !rule.writes().isEmpty());
        return acts
                && (OF_TASK.stream().anyMatch(rule.guard()::reads)
                        || rule.within()
                                .filter(within -> isOfTask(within.rate().key()))
                                .isPresent()
                        || rule.writes().stream().anyMatch(CallerUse::looksUp));
    }

    private static boolean looksUp(Effect effect) {
        return effect instanceof Effect.Redirect redirect
                && redirect.to() instanceof Destination.Looked looked
                && isOfTask(looked.table().key());
    }

    private static boolean isOfTask(Key key) {
        return key.fields().stream().anyMatch(CallerUse::isOfTask);
    }

    /**
     * Whether the field is a property of the calling task; cookies are properties of the socket.
     */
    private static boolean isOfTask(Field field) {
        return field != Field.NETNS
                && field != Field.COOKIE
                && HookFields.identity(field).isPresent();
    }
}
