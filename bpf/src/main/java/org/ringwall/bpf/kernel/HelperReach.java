// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The hooks that may call a helper, with the first kernel of each; a hook that is newer than the
 * helper counts from its own first kernel.
 *
 * @param hooks hooks that may call it on every newer kernel, too
 * @param lent hooks that could call it on some kernels only
 */
record HelperReach(Map<Hook, KernelVersion> hooks, Map<Hook, Span> lent) {
    /**
     * The release in which cgroup programs got the tracing helpers and every hook the task helpers.
     */
    static final KernelVersion TRACING_TOO = new KernelVersion(6, 17);

    /** Kernels from `since` up to, but without, `before`. */
    record Span(KernelVersion since, KernelVersion before) {
        boolean contains(KernelVersion kernel) {
            return kernel.atLeast(since) && !kernel.atLeast(before);
        }
    }

    HelperReach {
        hooks = Collections.unmodifiableMap(new EnumMap<>(hooks));
        lent = Map.copyOf(lent);
    }

    static KernelVersion kernel(int major, int minor) {
        return new KernelVersion(major, minor);
    }

    static HelperReach everywhere(KernelVersion since) {
        return from(HookSets.ALL, since);
    }

    static HelperReach from(Set<Hook> hooks, KernelVersion since) {
        Map<Hook, KernelVersion> reach = new EnumMap<>(Hook.class);
        hooks.forEach(hook -> reach.put(hook, since.max(hook.since())));
        return new HelperReach(reach, Map.of());
    }

    /** Returns the same with further hooks; those that had it before keep their earlier kernel. */
    HelperReach and(Set<Hook> more, KernelVersion since) {
        Map<Hook, KernelVersion> reach = new EnumMap<>(from(more, since).hooks);
        reach.putAll(hooks);
        return new HelperReach(reach, lent);
    }

    /** Returns the same with further hooks that may call it only until the kernel `before`. */
    HelperReach lentTo(Set<Hook> some, KernelVersion since, KernelVersion before) {
        Map<Hook, Span> all = new HashMap<>(lent);
        some.forEach(hook -> all.put(hook, new Span(since.max(hook.since()), before)));
        return new HelperReach(hooks, all);
    }

    boolean includes(Hook hook, KernelVersion kernel) {
        Optional<KernelVersion> kept = Optional.ofNullable(hooks.get(hook));
        Optional<Span> span = Optional.ofNullable(lent.get(hook));
        return kept.filter(kernel::atLeast).isPresent()
                || span.filter(some -> some.contains(kernel)).isPresent();
    }
}
