// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Optional;

/**
 * A kernel function that programs of compiled policies call by its BTF id, which only the running
 * kernel knows.
 */
public enum Kfunc {
    /**
     * `void *bpf_cast_to_kern_ctx(void *ctx)`: the context as the kernel's own struct
     * (kernel/bpf/helpers.c).
     */
    CAST_TO_KERN_CTX("bpf_cast_to_kern_ctx", new KernelVersion(6, 2)),
    /**
     * `int bpf_sock_addr_set_sun_path(struct bpf_sock_addr_kern *ctx, const u8 *path, u32
     * path__sz)`: replaces the name in the address of a Unix socket; returns 0, or a negative errno
     * without a change (net/core/filter.c).
     */
    SOCK_ADDR_SET_SUN_PATH("bpf_sock_addr_set_sun_path", new KernelVersion(6, 7));

    private final String kernelName;
    private final KernelVersion since;

    Kfunc(String kernelName, KernelVersion since) {
        this.kernelName = kernelName;
        this.since = since;
    }

    /** Returns the function with this name; empty for one that no policy calls. */
    public static Optional<Kfunc> named(String name) {
        return Arrays.stream(values())
                .filter(function -> function.kernelName.equals(name))
                .findFirst();
    }

    /** Returns its name in the kernel, which is also the symbol's in an object. */
    public String kernelName() {
        return kernelName;
    }

    /** Returns the first kernel that has it. */
    public KernelVersion since() {
        return since;
    }

    /**
     * Returns whether programs of this hook may call it on this kernel. The cast is for all program
     * types, the other for all hooks of CGROUP_SOCK_ADDR, although it fails there for sockets other
     * than Unix sockets.
     */
    public boolean availableAt(Hook hook, KernelVersion kernel) {
        return kernel.atLeast(since) && (this == CAST_TO_KERN_CTX || HookSets.SOCK_ADDRS.contains(hook));
    }
}
