// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.insn.Width;

/**
 * A cgroup attach type: the point in the kernel that runs a program. Users write the constant's
 * name in lower case.
 */
public enum Hook {
    SKB_INGRESS("cgroup_skb/ingress", ProgramType.CGROUP_SKB, 0, ContextStruct.SK_BUFF, new KernelVersion(4, 10)),
    SKB_EGRESS("cgroup_skb/egress", ProgramType.CGROUP_SKB, 1, ContextStruct.SK_BUFF, new KernelVersion(4, 10)),
    SOCK_CREATE("cgroup/sock_create", ProgramType.CGROUP_SOCK, 2, ContextStruct.SOCK, new KernelVersion(4, 10)),
    SOCK_RELEASE("cgroup/sock_release", ProgramType.CGROUP_SOCK, 34, ContextStruct.SOCK, new KernelVersion(5, 9)),
    POST_BIND4("cgroup/post_bind4", ProgramType.CGROUP_SOCK, 12, ContextStruct.SOCK, new KernelVersion(4, 17)),
    POST_BIND6("cgroup/post_bind6", ProgramType.CGROUP_SOCK, 13, ContextStruct.SOCK, new KernelVersion(4, 17)),
    BIND4("cgroup/bind4", ProgramType.CGROUP_SOCK_ADDR, 8, ContextStruct.SOCK_ADDR, new KernelVersion(4, 17)),
    BIND6("cgroup/bind6", ProgramType.CGROUP_SOCK_ADDR, 9, ContextStruct.SOCK_ADDR, new KernelVersion(4, 17)),
    CONNECT4("cgroup/connect4", ProgramType.CGROUP_SOCK_ADDR, 10, ContextStruct.SOCK_ADDR, new KernelVersion(4, 17)),
    CONNECT6("cgroup/connect6", ProgramType.CGROUP_SOCK_ADDR, 11, ContextStruct.SOCK_ADDR, new KernelVersion(4, 17)),
    CONNECT_UNIX(
            "cgroup/connect_unix", ProgramType.CGROUP_SOCK_ADDR, 49, ContextStruct.SOCK_ADDR, new KernelVersion(6, 7)),
    SENDMSG4("cgroup/sendmsg4", ProgramType.CGROUP_SOCK_ADDR, 14, ContextStruct.SOCK_ADDR, new KernelVersion(4, 18)),
    SENDMSG6("cgroup/sendmsg6", ProgramType.CGROUP_SOCK_ADDR, 15, ContextStruct.SOCK_ADDR, new KernelVersion(4, 18)),
    SENDMSG_UNIX(
            "cgroup/sendmsg_unix", ProgramType.CGROUP_SOCK_ADDR, 50, ContextStruct.SOCK_ADDR, new KernelVersion(6, 7)),
    RECVMSG4("cgroup/recvmsg4", ProgramType.CGROUP_SOCK_ADDR, 19, ContextStruct.SOCK_ADDR, new KernelVersion(5, 2)),
    RECVMSG6("cgroup/recvmsg6", ProgramType.CGROUP_SOCK_ADDR, 20, ContextStruct.SOCK_ADDR, new KernelVersion(5, 2)),
    RECVMSG_UNIX(
            "cgroup/recvmsg_unix", ProgramType.CGROUP_SOCK_ADDR, 51, ContextStruct.SOCK_ADDR, new KernelVersion(6, 7)),
    GETPEERNAME4(
            "cgroup/getpeername4", ProgramType.CGROUP_SOCK_ADDR, 29, ContextStruct.SOCK_ADDR, new KernelVersion(5, 8)),
    GETPEERNAME6(
            "cgroup/getpeername6", ProgramType.CGROUP_SOCK_ADDR, 30, ContextStruct.SOCK_ADDR, new KernelVersion(5, 8)),
    GETPEERNAME_UNIX(
            "cgroup/getpeername_unix",
            ProgramType.CGROUP_SOCK_ADDR,
            52,
            ContextStruct.SOCK_ADDR,
            new KernelVersion(6, 7)),
    GETSOCKNAME4(
            "cgroup/getsockname4", ProgramType.CGROUP_SOCK_ADDR, 31, ContextStruct.SOCK_ADDR, new KernelVersion(5, 8)),
    GETSOCKNAME6(
            "cgroup/getsockname6", ProgramType.CGROUP_SOCK_ADDR, 32, ContextStruct.SOCK_ADDR, new KernelVersion(5, 8)),
    GETSOCKNAME_UNIX(
            "cgroup/getsockname_unix",
            ProgramType.CGROUP_SOCK_ADDR,
            53,
            ContextStruct.SOCK_ADDR,
            new KernelVersion(6, 7)),
    SOCK_OPS("sockops", ProgramType.SOCK_OPS, 3, ContextStruct.SOCK_OPS, new KernelVersion(4, 13)),
    DEVICE("cgroup/dev", ProgramType.CGROUP_DEVICE, 6, ContextStruct.DEVICE, new KernelVersion(4, 15)),
    SYSCTL("cgroup/sysctl", ProgramType.CGROUP_SYSCTL, 18, ContextStruct.SYSCTL, new KernelVersion(5, 2)),
    GETSOCKOPT("cgroup/getsockopt", ProgramType.CGROUP_SOCKOPT, 21, ContextStruct.SOCKOPT, new KernelVersion(5, 3)),
    SETSOCKOPT("cgroup/setsockopt", ProgramType.CGROUP_SOCKOPT, 22, ContextStruct.SOCKOPT, new KernelVersion(5, 3));

    /**
     * The return value that allows or passes; where nothing can be denied it is merely legal. It is
     * 1 at every hook.
     */
    public static final int ALLOW = 1;

    /** The first kernel whose bind hooks have bit 1 in their return value. */
    public static final KernelVersion BIND_BIT = new KernelVersion(5, 12);

    /** The first kernel with BPF_MEMSX: `is_ldsx` of check_ctx_access's callers. */
    private static final KernelVersion SIGNED_LOADS = new KernelVersion(6, 6);

    /** The first kernel with BPF_ST to a context, which convert_ctx_accesses rewrites. */
    private static final KernelVersion IMMEDIATE_STORES = new KernelVersion(6, 4);

    private final String section;
    private final ProgramType programType;
    private final int attachType;
    private final ContextStruct context;
    private final KernelVersion since;

    Hook(String section, ProgramType programType, int attachType, ContextStruct context, KernelVersion since) {
        this.section = section;
        this.programType = programType;
        this.attachType = attachType;
        this.context = context;
        this.since = since;
    }

    /** Returns the hook that users write like this; empty for other words. */
    public static Optional<Hook> ofWord(String word) {
        return Arrays.stream(values()).filter(hook -> hook.word().equals(word)).findFirst();
    }

    /**
     * Returns the hook with an ELF section name of libbpf's section_defs, including the older
     * `cgroup/sock`.
     */
    public static Optional<Hook> ofSection(String section) {
        if (section.equals("cgroup/sock")) {
            return Optional.of(SOCK_CREATE);
        }
        return Arrays.stream(values())
                .filter(hook -> hook.section.equals(section))
                .findFirst();
    }

    /**
     * Returns the hook with this value of `enum bpf_attach_type`; empty if that is not a cgroup
     * hook.
     */
    public static Optional<Hook> ofAttachType(int attachType) {
        return Arrays.stream(values())
                .filter(hook -> hook.attachType == attachType)
                .findFirst();
    }

    /** Returns how users write it: `connect4`, `sock_create`. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the section name from which libbpf-style loaders take program type and attach type.
     */
    public String section() {
        return section;
    }

    public ProgramType programType() {
        return programType;
    }

    /** Returns the value of `enum bpf_attach_type` (include/uapi/linux/bpf.h). */
    public int attachType() {
        return attachType;
    }

    /** Returns the enumerator's name in the kernel's header. */
    public String attachTypeName() {
        return HookNames.attachTypeName(this);
    }

    /** Returns the struct to which r1 points at entry. */
    public ContextStruct context() {
        return context;
    }

    /** Returns the first kernel with this attach type. */
    public KernelVersion since() {
        return since;
    }

    /**
     * Returns the values that the newest kernels let a program return: `check_return_code` of
     * kernel/bpf/verifier.c.
     */
    public ReturnRange returns() {
        return switch (this) {
            case BIND4, BIND6, SKB_EGRESS -> new ReturnRange(0, 3);
            case RECVMSG4, RECVMSG6, RECVMSG_UNIX, GETPEERNAME4, GETPEERNAME6, GETPEERNAME_UNIX ->
                new ReturnRange(1, 1);
            case GETSOCKNAME4, GETSOCKNAME6, GETSOCKNAME_UNIX -> new ReturnRange(1, 1);
            case SKB_INGRESS, SOCK_CREATE, SOCK_RELEASE, POST_BIND4, POST_BIND6 -> new ReturnRange(0, 1);
            case CONNECT4, CONNECT6, CONNECT_UNIX, SENDMSG4, SENDMSG6, SENDMSG_UNIX -> new ReturnRange(0, 1);
            case SOCK_OPS, DEVICE, SYSCTL, GETSOCKOPT, SETSOCKOPT -> new ReturnRange(0, 1);
        };
    }

    /**
     * Returns the values that this kernel lets a program return; bind has bit 1 only from 5.12 on.
     */
    public ReturnRange returns(KernelVersion kernel) {
        boolean bind = this == BIND4 || this == BIND6;
        return bind && !kernel.atLeast(BIND_BIT) ? new ReturnRange(0, 1) : returns();
    }

    /**
     * Returns the meaning of bit 1 of the return value on kernels whose
     * {@link #returns(KernelVersion)} includes it.
     */
    public ReturnBit bitOne() {
        return switch (this) {
            case BIND4, BIND6 -> ReturnBit.BIND_WITHOUT_CAPABILITY;
            case SKB_EGRESS -> ReturnBit.CONGESTION;
            default -> ReturnBit.NONE;
        };
    }

    /**
     * Returns the return value that denies: 0, or empty if no program can deny. That is the case at
     * recvmsg and the name hooks (0 is rejected), sock_release (the result is ignored) and sock_ops
     * (0 cancels another program's reply).
     */
    public OptionalInt denial() {
        boolean ignored = this == SOCK_RELEASE || this == SOCK_OPS;
        return ignored || !returns().contains(0) ? OptionalInt.empty() : OptionalInt.of(0);
    }

    /**
     * Returns whether the hook runs in the context of the task that makes the request, so that uid,
     * pid, comm and cgroup are its own. Packet hooks and sock_ops run wherever the packet is
     * handled, although helpers return values there, too.
     */
    public boolean inTaskContext() {
        return programType != ProgramType.CGROUP_SKB && this != SOCK_OPS;
    }

    /** Returns the context fields that a program may read here on the newest kernels. */
    public List<ContextField> readable() {
        return context.fields().stream().filter(field -> field.readableAt(this)).toList();
    }

    /** Returns the context fields that a program may write here on the newest kernels. */
    public List<ContextField> writable() {
        return context.fields().stream().filter(field -> field.writableAt(this)).toList();
    }

    /**
     * Returns whether the verifier of the newest kernels accepts a zero-extending load of the
     * context here.
     */
    public boolean mayRead(int offset, Width width) {
        return context.fields().stream().anyMatch(field -> field.admitsRead(offset, width) && field.readableAt(this));
    }

    /** Returns {@link #mayRead(int, Width)} for one kernel, without fields that it lacks. */
    public boolean mayRead(int offset, Width width, KernelVersion kernel) {
        return kernel.atLeast(since)
                && readable().stream()
                        .anyMatch(field -> kernel.atLeast(field.since()) && field.admitsRead(offset, width));
    }

    /**
     * Returns whether the verifier accepts a sign-extending load of the context here: from 6.6 on,
     * if it accepts the plain load of 1, 2 or 4 bytes and the value is not a pointer.
     */
    public boolean mayReadSigned(int offset, Width width, KernelVersion kernel) {
        return kernel.atLeast(since)
                && kernel.atLeast(SIGNED_LOADS)
                && width != Width.DW
                && readable().stream()
                        .anyMatch(field -> kernel.atLeast(field.since())
                                && field.order() != ByteOrderKind.POINTER
                                && field.admitsRead(offset, width));
    }

    /**
     * Returns whether the verifier of the newest kernels accepts a store of a register to the
     * context here. No kernel accepts an atomic operation on a context, whatever the field
     * ({@code check_atomic}).
     */
    public boolean mayWrite(int offset, Width width) {
        return context.fields().stream().anyMatch(field -> field.admitsWrite(offset, width) && field.writableAt(this));
    }

    /**
     * Returns {@link #mayWrite(int, Width)} for one kernel; all kernels that have the hook agree.
     */
    public boolean mayWrite(int offset, Width width, KernelVersion kernel) {
        return kernel.atLeast(since) && mayWrite(offset, width);
    }

    /**
     * Returns whether the verifier accepts a store of a constant (BPF_ST): from 6.4 on, if it
     * accepts the store of a register.
     */
    public boolean mayWriteImmediate(int offset, Width width, KernelVersion kernel) {
        return kernel.atLeast(IMMEDIATE_STORES) && mayWrite(offset, width, kernel);
    }

    @Override
    public String toString() {
        return word();
    }
}
