// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The struct to which a program's first argument points, in the layout of include/uapi/linux/bpf.h.
 */
public enum ContextStruct {
    SK_BUFF("__sk_buff", 192),
    SOCK("bpf_sock", 80),
    SOCK_ADDR("bpf_sock_addr", 72),
    SOCK_OPS("bpf_sock_ops", 224),
    DEVICE("bpf_cgroup_dev_ctx", 12),
    SYSCTL("bpf_sysctl", 8),
    SOCKOPT("bpf_sockopt", 40);

    private final String kernelName;
    private final int size;

    ContextStruct(String kernelName, int size) {
        this.kernelName = kernelName;
        this.size = size;
    }

    /** Returns the struct with this name in the kernel's BTF. */
    public static Optional<ContextStruct> ofKernelName(String kernelName) {
        return Arrays.stream(values())
                .filter(struct -> struct.kernelName.equals(kernelName))
                .findFirst();
    }

    /** Returns its name in the kernel's header and BTF. */
    public String kernelName() {
        return kernelName;
    }

    /** Returns its size in bytes on the newest kernels. */
    public int size() {
        return size;
    }

    /** Returns every field in the order of offsets; the views of a union overlap. */
    public List<ContextField> fields() {
        return ContextFields.of(this);
    }

    /** Returns the field with this name in the kernel's header. */
    public Optional<ContextField> field(String name) {
        return fields().stream().filter(field -> field.name().equals(name)).findFirst();
    }

    /**
     * Returns the field with this name.
     *
     * @throws IllegalStateException if there is none
     */
    public ContextField require(String name) {
        return field(name).orElseThrow(() -> new IllegalStateException(kernelName() + " has no `" + name + "`"));
    }
}
