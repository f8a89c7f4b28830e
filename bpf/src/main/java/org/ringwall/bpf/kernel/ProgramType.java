// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The program types of cgroup hooks, and SYSCALL, under which the code of any verdict can run on
 * given input.
 */
public enum ProgramType {
    CGROUP_SKB(8),
    CGROUP_SOCK(9),
    SOCK_OPS(13),
    CGROUP_DEVICE(15),
    CGROUP_SOCK_ADDR(18),
    CGROUP_SYSCTL(23),
    CGROUP_SOCKOPT(25),
    /** Runs only through PROG_TEST_RUN, with a context that its caller chooses. */
    SYSCALL(31);

    private final int number;

    ProgramType(int number) {
        this.number = number;
    }

    /** Returns the value of `enum bpf_prog_type` (include/uapi/linux/bpf.h). */
    public int number() {
        return number;
    }

    /** Returns the enumerator's name in the kernel's header. */
    public String kernelName() {
        return "BPF_PROG_TYPE_" + name();
    }
}
