package org.ringwall.bpf.kernel;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Where a helper may be called and since when; a hook that is newer than the helper counts from its own kernel. */
record HelperReach(Map<Hook, KernelVersion> hooks) {
    /** The release in which cgroup programs got the tracing helpers and every hook the task ones. */
    static final KernelVersion TRACING_TOO = new KernelVersion(6, 17);

    HelperReach {
        hooks = Collections.unmodifiableMap(new EnumMap<>(hooks));
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
        return new HelperReach(reach);
    }

    /** Also these hooks; those that had it before keep their earlier kernel. */
    HelperReach and(Set<Hook> more, KernelVersion since) {
        Map<Hook, KernelVersion> reach = new EnumMap<>(from(more, since).hooks);
        reach.putAll(hooks);
        return new HelperReach(reach);
    }
}
