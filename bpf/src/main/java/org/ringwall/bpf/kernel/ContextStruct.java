package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The struct behind a program's first argument, as include/uapi/linux/bpf.h lays it out for programs. */
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

    /** The struct with this name in the kernel's BTF. */
    public static Optional<ContextStruct> ofKernelName(String kernelName) {
        return Arrays.stream(values())
                .filter(struct -> struct.kernelName.equals(kernelName))
                .findFirst();
    }

    /** Its name in the kernel's header and BTF. */
    public String kernelName() {
        return kernelName;
    }

    /** In bytes, on the newest kernels. */
    public int size() {
        return size;
    }

    /** Every field in the order of offsets; a union's views overlap. */
    public List<ContextField> fields() {
        return ContextFields.of(this);
    }

    /** The field with this name in the kernel's header. */
    public Optional<ContextField> field(String name) {
        return fields().stream().filter(field -> field.name().equals(name)).findFirst();
    }

    /** The same where there must be one; an {@link IllegalStateException} where there is none. */
    public ContextField require(String name) {
        return field(name).orElseThrow(() -> new IllegalStateException(kernelName() + " has no `" + name + "`"));
    }
}
