// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** The limit on the number of programs that are attached to one hook of one cgroup. */
public final class CgroupPrograms {
    /**
     * BPF_CGROUP_MAX_PROGS in kernel/bpf/cgroup.c; one more is E2BIG (__cgroup_bpf_attach).
     * Programs of cgroups above do not count.
     */
    public static final int MOST = 64;

    private CgroupPrograms() {}
}
