// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.ringwall.bpf.insn.Width;

/**
 * A cgroup attach type: the point in the kernel that runs a program. Users write the constant's
 * name in lower case. Context fields, return values, and in the compiler fields, diagrams and reads
 * follow from the description here: a context, or an operation on an address of one family.
 */
public enum Hook {
    SKB_INGRESS(0, "INET_INGRESS", ContextStruct.SK_BUFF, 4, 10),
    SKB_EGRESS(1, "INET_EGRESS", ContextStruct.SK_BUFF, 4, 10),
    SOCK_CREATE(2, "INET_SOCK_CREATE", ContextStruct.SOCK, 4, 10),
    SOCK_RELEASE(34, "INET_SOCK_RELEASE", ContextStruct.SOCK, 5, 9),
    POST_BIND4(12, "INET4_POST_BIND", AddressCall.POST_BIND, AddressFamily.INET, 4, 17),
    POST_BIND6(13, "INET6_POST_BIND", AddressCall.POST_BIND, AddressFamily.INET6, 4, 17),
    BIND4(8, "INET4_BIND", AddressCall.BIND, AddressFamily.INET, 4, 17),
    BIND6(9, "INET6_BIND", AddressCall.BIND, AddressFamily.INET6, 4, 17),
    CONNECT4(10, "INET4_CONNECT", AddressCall.CONNECT, AddressFamily.INET, 4, 17),
    CONNECT6(11, "INET6_CONNECT", AddressCall.CONNECT, AddressFamily.INET6, 4, 17),
    CONNECT_UNIX(49, "UNIX_CONNECT", AddressCall.CONNECT, AddressFamily.UNIX, 6, 7),
    SENDMSG4(14, "UDP4_SENDMSG", AddressCall.SENDMSG, AddressFamily.INET, 4, 18),
    SENDMSG6(15, "UDP6_SENDMSG", AddressCall.SENDMSG, AddressFamily.INET6, 4, 18),
    SENDMSG_UNIX(50, "UNIX_SENDMSG", AddressCall.SENDMSG, AddressFamily.UNIX, 6, 7),
    RECVMSG4(19, "UDP4_RECVMSG", AddressCall.RECVMSG, AddressFamily.INET, 5, 2),
    RECVMSG6(20, "UDP6_RECVMSG", AddressCall.RECVMSG, AddressFamily.INET6, 5, 2),
    RECVMSG_UNIX(51, "UNIX_RECVMSG", AddressCall.RECVMSG, AddressFamily.UNIX, 6, 7),
    GETPEERNAME4(29, "INET4_GETPEERNAME", AddressCall.GETPEERNAME, AddressFamily.INET, 5, 8),
    GETPEERNAME6(30, "INET6_GETPEERNAME", AddressCall.GETPEERNAME, AddressFamily.INET6, 5, 8),
    GETPEERNAME_UNIX(52, "UNIX_GETPEERNAME", AddressCall.GETPEERNAME, AddressFamily.UNIX, 6, 7),
    GETSOCKNAME4(31, "INET4_GETSOCKNAME", AddressCall.GETSOCKNAME, AddressFamily.INET, 5, 8),
    GETSOCKNAME6(32, "INET6_GETSOCKNAME", AddressCall.GETSOCKNAME, AddressFamily.INET6, 5, 8),
    GETSOCKNAME_UNIX(53, "UNIX_GETSOCKNAME", AddressCall.GETSOCKNAME, AddressFamily.UNIX, 6, 7),
    SOCK_OPS(3, "SOCK_OPS", ContextStruct.SOCK_OPS, 4, 13),
    DEVICE(6, "DEVICE", ContextStruct.DEVICE, 4, 15),
    SYSCTL(18, "SYSCTL", ContextStruct.SYSCTL, 5, 2),
    GETSOCKOPT(21, "GETSOCKOPT", ContextStruct.SOCKOPT, 5, 3),
    SETSOCKOPT(22, "SETSOCKOPT", ContextStruct.SOCKOPT, 5, 3);

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

    private final int attachType;
    private final String word = name().toLowerCase(Locale.ROOT);
    private final String kernelName;
    private final ContextStruct context;
    private final Optional<AddressCall> call;
    private final Optional<AddressFamily> family;
    private final KernelVersion since;

    Hook(int attachType, String kernelName, ContextStruct context, int major, int minor) {
        this.attachType = attachType;
        this.kernelName = kernelName;
        this.context = context;
        this.call = Optional.empty();
        this.family = Optional.empty();
        this.since = new KernelVersion(major, minor);
    }

    Hook(int attachType, String kernelName, AddressCall call, AddressFamily family, int major, int minor) {
        this.attachType = attachType;
        this.kernelName = kernelName;
        this.context = call.context();
        this.call = Optional.of(call);
        this.family = Optional.of(family);
        this.since = new KernelVersion(major, minor);
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
                .filter(hook -> hook.section().equals(section))
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
        return word;
    }

    /**
     * Returns the section name from which libbpf-style loaders take program type and attach type:
     * `cgroup/connect4`, `cgroup_skb/egress`.
     */
    public String section() {
        return switch (context) {
            case SK_BUFF -> word().replace("skb_", "cgroup_skb/");
            case SOCK_OPS -> "sockops";
            case DEVICE -> "cgroup/dev";
            case SOCK, SOCK_ADDR, SYSCTL, SOCKOPT -> "cgroup/" + word();
        };
    }

    /** Returns the program type, which determines the context. */
    public ProgramType programType() {
        return switch (context) {
            case SK_BUFF -> ProgramType.CGROUP_SKB;
            case SOCK -> ProgramType.CGROUP_SOCK;
            case SOCK_ADDR -> ProgramType.CGROUP_SOCK_ADDR;
            case SOCK_OPS -> ProgramType.SOCK_OPS;
            case DEVICE -> ProgramType.CGROUP_DEVICE;
            case SYSCTL -> ProgramType.CGROUP_SYSCTL;
            case SOCKOPT -> ProgramType.CGROUP_SOCKOPT;
        };
    }

    /** Returns the value of `enum bpf_attach_type` (include/uapi/linux/bpf.h). */
    public int attachType() {
        return attachType;
    }

    /** Returns the enumerator's name in the kernel's header. */
    public String attachTypeName() {
        return "BPF_CGROUP_" + kernelName;
    }

    /** Returns the struct to which r1 points at entry. */
    public ContextStruct context() {
        return context;
    }

    /** Returns the first kernel with this attach type. */
    public KernelVersion since() {
        return since;
    }

    /** Returns the operation on an address; empty if a request has no address, or several. */
    public Optional<AddressCall> call() {
        return call;
    }

    /** Returns the hook of an operation on addresses of a family; empty if no kernel has it. */
    public static Optional<Hook> of(AddressCall call, AddressFamily family) {
        return Arrays.stream(values())
                .filter(hook -> hook.is(call) && hook.is(family))
                .findFirst();
    }

    /** Returns whether the hook is invoked at this operation on an address. */
    public boolean is(AddressCall wanted) {
        return is(one -> one == wanted);
    }

    /** Returns whether the hook is invoked at such an operation on an address. */
    public boolean is(Predicate<AddressCall> kind) {
        return call.filter(kind).isPresent();
    }

    /** Returns whether the address of a request is of this family. */
    public boolean is(AddressFamily wanted) {
        return family.filter(one -> one == wanted).isPresent();
    }

    /** Returns whether a request has an IPv4 or IPv6 address. */
    public boolean isInet() {
        return is(AddressFamily.INET) || is(AddressFamily.INET6);
    }

    /**
     * Returns whether the address is the IP destination that a process chooses, which a program can
     * replace: at connect and sendmsg.
     */
    public boolean hasDestination() {
        return isInet() && is(call -> !call.isLocal() && !call.isReport());
    }

    /** Returns whether the kernel reports the IP address of a peer: at recvmsg and getpeername. */
    public boolean reportsPeer() {
        return isInet() && is(call -> !call.isLocal() && call.isReport());
    }

    /** Returns whether the context has the source address of a datagram, too: at sendmsg. */
    public boolean hasSource() {
        return isInet() && is(AddressCall.SENDMSG);
    }

    /**
     * Returns whether a program may write an address of IPv4 or, if not `v4`, of IPv6. The hooks of
     * IPv6 carry IPv4 addresses as mapped ones, which `udpv6_sendmsg` rejects.
     */
    public boolean carries(boolean v4) {
        return is(AddressFamily.INET) ? v4 : !v4 || !is(AddressCall.SENDMSG);
    }

    /**
     * Returns the values that the newest kernels let a program return: `check_return_code` of
     * kernel/bpf/verifier.c. Where the kernel reports an address, that is 1 alone.
     */
    public ReturnRange returns() {
        return new ReturnRange(is(AddressCall::isReport) ? 1 : 0, bitOne() == ReturnBit.NONE ? 1 : 3);
    }

    /**
     * Returns the values that this kernel lets a program return; bind has bit 1 only from 5.12 on.
     */
    public ReturnRange returns(KernelVersion kernel) {
        boolean bind = bitOne() == ReturnBit.BIND_WITHOUT_CAPABILITY;
        return bind && !kernel.atLeast(BIND_BIT) ? new ReturnRange(0, 1) : returns();
    }

    /**
     * Returns the meaning of bit 1 of the return value on kernels whose
     * {@link #returns(KernelVersion)} includes it.
     */
    public ReturnBit bitOne() {
        if (isInet() && is(AddressCall.BIND)) {
            return ReturnBit.BIND_WITHOUT_CAPABILITY;
        }
        return this == SKB_EGRESS ? ReturnBit.CONGESTION : ReturnBit.NONE;
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
     * Returns whether the hook runs in the context of a task. Packet hooks and sock_ops run
     * wherever the packet is handled, although helpers return values there, too.
     */
    public boolean inTaskContext() {
        return context != ContextStruct.SK_BUFF && context != ContextStruct.SOCK_OPS;
    }

    /**
     * Returns whether that task makes the request, so that uid, pid, comm and cgroup are its own.
     * At sock_release it is the task that drops the last reference, which may be any task or none.
     */
    public boolean identifiesCaller() {
        return inTaskContext() && this != SOCK_RELEASE;
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
