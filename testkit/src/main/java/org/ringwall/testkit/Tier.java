// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.Arrays;
import java.util.Locale;

/** A class of tests that need more of the machine than a JDK. */
public enum Tier {
    /** Root, a kernel with cgroup BPF, a cgroup2 mount and a bpffs. */
    KERNEL,
    /**
     * The independent tools: bpftool, llvm-objdump, veristat, clang, pahole, Go with cilium/ebpf.
     */
    TOOLS,
    /** Kernels other than the running one, in qemu. */
    VM;

    /**
     * Returns whether the build requires this tier, by {@code -Dringwall.require=kernel,tools,vm}.
     */
    public boolean required() {
        String names = System.getProperty("ringwall.require", "");
        return Arrays.stream(names.split(",")).map(String::strip).anyMatch(this::named);
    }

    private boolean named(String name) {
        return name.equals(name().toLowerCase(Locale.ROOT));
    }
}
