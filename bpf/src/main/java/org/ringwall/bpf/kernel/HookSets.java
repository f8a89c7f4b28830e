// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Groups of hooks that the kernel treats alike. An attach type newer than a feature joins with its
 * own first kernel.
 */
final class HookSets {
    static final Set<Hook> NONE = Set.of();

    static final Set<Hook> ALL = where(hook -> true);

    static final Set<Hook> PACKETS = of(ProgramType.CGROUP_SKB);

    static final Set<Hook> SOCKS = of(ProgramType.CGROUP_SOCK);

    static final Set<Hook> SOCK_ADDRS = of(ProgramType.CGROUP_SOCK_ADDR);

    static final Set<Hook> SOCKOPTS = of(ProgramType.CGROUP_SOCKOPT);

    /** The hooks that run in the context of the requesting task. */
    static final Set<Hook> TASK = where(Hook::inTaskContext);

    /**
     * The task hooks about the creation and the addresses of sockets: all with bpf_sock or
     * bpf_sock_addr.
     */
    static final Set<Hook> SOCK_AND_ADDR = union(SOCKS, SOCK_ADDRS);

    /** The hooks with the `skc_to_*` casts: packets, addresses and sock_ops. */
    static final Set<Hook> SOCKET_CASTS = union(union(PACKETS, SOCK_ADDRS), only(Hook.SOCK_OPS));

    /**
     * The hooks that may set socket options from 6.1 on: `sock_addr_func_proto`, without the unix
     * name hooks, which could do so in some releases only.
     */
    static final Set<Hook> SOCKET_OPTIONS = except(
            union(SOCK_ADDRS, only(Hook.SETSOCKOPT, Hook.SOCK_OPS)),
            only(Hook.GETPEERNAME_UNIX, Hook.GETSOCKNAME_UNIX));

    /** The name hooks of unix sockets, which could set socket options in some releases. */
    static final Set<Hook> UNIX_NAMES = only(Hook.GETPEERNAME_UNIX, Hook.GETSOCKNAME_UNIX);

    /** The hooks whose errno a program may read and set: `cgroup_common_func_proto`. */
    static final Set<Hook> RETVAL = where(hook -> hook.inTaskContext() && !returnsOnlyOne(hook));

    private HookSets() {}

    static Set<Hook> of(ProgramType type) {
        return where(hook -> hook.programType() == type);
    }

    /** Returns the hooks of a program type whose requests have an address of this family. */
    static Set<Hook> of(ProgramType type, AddressFamily family) {
        return where(hook -> hook.programType() == type && hook.is(family));
    }

    static Set<Hook> only(Hook... hooks) {
        return where(hook -> Arrays.asList(hooks).contains(hook));
    }

    static Set<Hook> union(Set<Hook> one, Set<Hook> other) {
        return where(hook -> one.contains(hook) || other.contains(hook));
    }

    static Set<Hook> except(Set<Hook> hooks, Set<Hook> without) {
        return where(hook -> hooks.contains(hook) && !without.contains(hook));
    }

    private static Set<Hook> where(Predicate<Hook> wanted) {
        EnumSet<Hook> hooks = EnumSet.noneOf(Hook.class);
        Arrays.stream(Hook.values()).filter(wanted).forEach(hooks::add);
        return Collections.unmodifiableSet(hooks);
    }

    private static boolean returnsOnlyOne(Hook hook) {
        return hook.returns().min() == hook.returns().max();
    }
}
