// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.ringwall.bpf.kernel.HelperReach.TRACING_TOO;
import static org.ringwall.bpf.kernel.HelperReach.everywhere;
import static org.ringwall.bpf.kernel.HelperReach.from;
import static org.ringwall.bpf.kernel.HelperReach.kernel;
import static org.ringwall.bpf.kernel.KernelVersion.V5_10;
import static org.ringwall.bpf.kernel.KernelVersion.V6_1;
import static org.ringwall.bpf.kernel.KernelVersion.V6_12;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A helper function that some cgroup hook may call: its number in `___BPF_FUNC_MAPPER`
 * (include/uapi/linux/bpf.h), and the hooks to which the `func_proto` of their program type gives
 * it. If two tested kernels differ and the version between them is unknown, the newer one counts.
 */
public enum Helper {
    MAP_LOOKUP_ELEM(1, everywhere(V5_10)),
    MAP_UPDATE_ELEM(2, everywhere(V5_10)),
    MAP_DELETE_ELEM(3, everywhere(V5_10)),
    KTIME_GET_NS(5, everywhere(V5_10)),
    TRACE_PRINTK(6, everywhere(V5_10)),
    GET_PRANDOM_U32(7, everywhere(V5_10)),
    GET_SMP_PROCESSOR_ID(8, everywhere(V5_10)),
    TAIL_CALL(12, everywhere(V5_10)),
    GET_CURRENT_PID_TGID(
            14, from(HookSets.SOCK_AND_ADDR, V5_10).and(HookSets.TASK, V6_1).and(HookSets.ALL, V6_12)),
    GET_CURRENT_UID_GID(15, from(HookSets.TASK, V5_10).and(HookSets.ALL, TRACING_TOO)),
    GET_CURRENT_COMM(
            16, from(HookSets.SOCK_AND_ADDR, V5_10).and(HookSets.TASK, V6_1).and(HookSets.ALL, TRACING_TOO)),
    GET_CGROUP_CLASSID(
            17, from(HookSets.SOCK_AND_ADDR, V5_10).and(HookSets.TASK, V6_1).and(HookSets.ALL, TRACING_TOO)),
    PERF_EVENT_READ(22, everywhere(TRACING_TOO)),
    PERF_EVENT_OUTPUT(25, everywhere(V5_10)),
    SKB_LOAD_BYTES(26, from(HookSets.PACKETS, V5_10)),
    GET_CURRENT_TASK(35, everywhere(V5_10)),
    CURRENT_TASK_UNDER_CGROUP(37, from(HookSets.TASK, V6_12).and(HookSets.ALL, TRACING_TOO)),
    GET_NUMA_NODE_ID(42, everywhere(V5_10)),
    GET_SOCKET_COOKIE(
            46,
            from(
                    HookSets.union(
                            HookSets.union(HookSets.PACKETS, HookSets.SOCK_AND_ADDR), HookSets.only(Hook.SOCK_OPS)),
                    V5_10)),
    GET_SOCKET_UID(47, from(HookSets.PACKETS, V5_10)),
    SETSOCKOPT(
            49,
            from(HookSets.only(Hook.CONNECT4, Hook.CONNECT6, Hook.SOCK_OPS), V5_10)
                    .and(HookSets.SOCKET_OPTIONS, V6_1)
                    .and(HookSets.only(Hook.SOCK_CREATE), kernel(7, 0))
                    .lentTo(HookSets.UNIX_NAMES, TRACING_TOO, kernel(7, 3))),
    SOCK_MAP_UPDATE(53, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    PERF_EVENT_READ_VALUE(55, everywhere(TRACING_TOO)),
    GETSOCKOPT(
            57,
            from(HookSets.only(Hook.CONNECT4, Hook.CONNECT6, Hook.SOCK_OPS), V5_10)
                    .and(HookSets.SOCKET_OPTIONS, V6_1)
                    .and(HookSets.only(Hook.SOCK_CREATE), kernel(7, 0))
                    .lentTo(HookSets.UNIX_NAMES, TRACING_TOO, kernel(7, 3))),
    SOCK_OPS_CB_FLAGS_SET(59, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    BIND(64, from(HookSets.only(Hook.CONNECT4, Hook.CONNECT6), V5_10)),
    SKB_LOAD_BYTES_RELATIVE(68, from(HookSets.PACKETS, V5_10)),
    SOCK_HASH_UPDATE(70, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    SKB_CGROUP_ID(79, from(HookSets.PACKETS, V5_10)),
    GET_CURRENT_CGROUP_ID(80, from(HookSets.TASK, V5_10).and(HookSets.ALL, V6_12)),
    GET_LOCAL_STORAGE(81, everywhere(V5_10)),
    SKB_ANCESTOR_CGROUP_ID(83, from(HookSets.PACKETS, V5_10)),
    SK_LOOKUP_TCP(84, from(HookSets.union(HookSets.PACKETS, HookSets.SOCK_ADDRS), V5_10)),
    SK_LOOKUP_UDP(85, from(HookSets.union(HookSets.PACKETS, HookSets.SOCK_ADDRS), V5_10)),
    SK_RELEASE(86, from(HookSets.union(HookSets.PACKETS, HookSets.SOCK_ADDRS), V5_10)),
    MAP_PUSH_ELEM(87, everywhere(V5_10)),
    MAP_POP_ELEM(88, everywhere(V5_10)),
    MAP_PEEK_ELEM(89, everywhere(V5_10)),
    SPIN_LOCK(93, everywhere(V5_10)),
    SPIN_UNLOCK(94, everywhere(V5_10)),
    SK_FULLSOCK(95, from(HookSets.PACKETS, V5_10)),
    TCP_SOCK(
            96,
            from(
                    HookSets.union(HookSets.union(HookSets.PACKETS, HookSets.SOCKOPTS), HookSets.only(Hook.SOCK_OPS)),
                    V5_10)),
    SKB_ECN_SET_CE(97, from(HookSets.PACKETS, V5_10)),
    GET_LISTENER_SOCK(98, from(HookSets.PACKETS, V5_10)),
    SKC_LOOKUP_TCP(99, from(HookSets.union(HookSets.PACKETS, HookSets.SOCK_ADDRS), V5_10)),
    SYSCTL_GET_NAME(101, from(HookSets.only(Hook.SYSCTL), V5_10)),
    SYSCTL_GET_CURRENT_VALUE(102, from(HookSets.only(Hook.SYSCTL), V5_10)),
    SYSCTL_GET_NEW_VALUE(103, from(HookSets.only(Hook.SYSCTL), V5_10)),
    SYSCTL_SET_NEW_VALUE(104, from(HookSets.only(Hook.SYSCTL), V5_10)),
    STRTOL(105, from(HookSets.only(Hook.SYSCTL), V5_10).and(HookSets.ALL, V6_1)),
    STRTOUL(106, from(HookSets.only(Hook.SYSCTL), V5_10).and(HookSets.ALL, V6_1)),
    SK_STORAGE_GET(107, from(HookSets.except(HookSets.ALL, HookSets.only(Hook.DEVICE, Hook.SYSCTL)), V5_10)),
    SK_STORAGE_DELETE(
            108,
            from(
                    HookSets.except(
                            HookSets.except(HookSets.ALL, HookSets.only(Hook.DEVICE, Hook.SYSCTL)), HookSets.SOCKS),
                    V5_10)),
    SEND_SIGNAL(109, everywhere(TRACING_TOO)),
    PROBE_READ_USER(112, everywhere(V5_10)),
    PROBE_READ_KERNEL(113, everywhere(V5_10)),
    PROBE_READ_USER_STR(114, everywhere(V5_10)),
    PROBE_READ_KERNEL_STR(115, everywhere(V5_10)),
    SEND_SIGNAL_THREAD(117, everywhere(TRACING_TOO)),
    JIFFIES64(118, everywhere(V5_10)),
    GET_NS_CURRENT_PID_TGID(120, everywhere(V6_12)),
    GET_NETNS_COOKIE(
            122,
            from(HookSets.SOCK_AND_ADDR, V5_10)
                    .and(HookSets.union(HookSets.SOCKOPTS, HookSets.only(Hook.SOCK_OPS)), V6_1)
                    .and(HookSets.PACKETS, TRACING_TOO)),
    GET_CURRENT_ANCESTOR_CGROUP_ID(
            123, from(HookSets.SOCK_AND_ADDR, V5_10).and(HookSets.TASK, V6_1).and(HookSets.ALL, V6_12)),
    KTIME_GET_BOOT_NS(125, everywhere(V5_10)),
    SK_CGROUP_ID(128, from(HookSets.PACKETS, V5_10)),
    SK_ANCESTOR_CGROUP_ID(129, from(HookSets.PACKETS, V5_10)),
    RINGBUF_OUTPUT(130, everywhere(V5_10)),
    RINGBUF_RESERVE(131, everywhere(V5_10)),
    RINGBUF_SUBMIT(132, everywhere(V5_10)),
    RINGBUF_DISCARD(133, everywhere(V5_10)),
    RINGBUF_QUERY(134, everywhere(V5_10)),
    SKC_TO_TCP6_SOCK(136, from(HookSets.SOCKET_CASTS, V5_10)),
    SKC_TO_TCP_SOCK(137, from(HookSets.SOCKET_CASTS, V5_10)),
    SKC_TO_TCP_TIMEWAIT_SOCK(138, from(HookSets.SOCKET_CASTS, V5_10)),
    SKC_TO_TCP_REQUEST_SOCK(139, from(HookSets.SOCKET_CASTS, V5_10)),
    SKC_TO_UDP6_SOCK(140, from(HookSets.SOCKET_CASTS, V5_10)),
    GET_TASK_STACK(141, everywhere(TRACING_TOO)),
    LOAD_HDR_OPT(142, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    STORE_HDR_OPT(143, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    RESERVE_HDR_OPT(144, from(HookSets.only(Hook.SOCK_OPS), V5_10)),
    COPY_FROM_USER(148, everywhere(TRACING_TOO)),
    SNPRINTF_BTF(149, everywhere(V5_10)),
    PER_CPU_PTR(153, everywhere(V5_10)),
    THIS_CPU_PTR(154, everywhere(V5_10)),
    TASK_STORAGE_GET(156, everywhere(TRACING_TOO)),
    TASK_STORAGE_DELETE(157, everywhere(TRACING_TOO)),
    GET_CURRENT_TASK_BTF(158, everywhere(kernel(5, 11))),
    KTIME_GET_COARSE_NS(
            160,
            from(
                    HookSets.except(HookSets.ALL, HookSets.union(HookSets.SOCKOPTS, HookSets.only(Hook.DEVICE))),
                    kernel(5, 11))),
    FOR_EACH_MAP_ELEM(164, everywhere(kernel(5, 13))),
    SNPRINTF(165, everywhere(kernel(5, 13))),
    TIMER_INIT(169, everywhere(kernel(5, 15))),
    TIMER_SET_CALLBACK(170, everywhere(kernel(5, 15))),
    TIMER_START(171, everywhere(kernel(5, 15))),
    TIMER_CANCEL(172, everywhere(kernel(5, 15))),
    TASK_PT_REGS(175, everywhere(kernel(5, 15))),
    GET_BRANCH_SNAPSHOT(176, everywhere(TRACING_TOO)),
    TRACE_VPRINTK(177, everywhere(kernel(5, 16))),
    SKC_TO_UNIX_SOCK(178, from(HookSets.SOCKET_CASTS, kernel(5, 16))),
    FIND_VMA(180, everywhere(TRACING_TOO)),
    LOOP(181, everywhere(kernel(5, 17))),
    STRNCMP(182, everywhere(kernel(5, 17))),
    GET_RETVAL(186, from(HookSets.RETVAL, kernel(5, 18))),
    SET_RETVAL(187, from(HookSets.RETVAL, kernel(5, 18))),
    COPY_FROM_USER_TASK(191, everywhere(TRACING_TOO)),
    KPTR_XCHG(194, everywhere(kernel(5, 19))),
    MAP_LOOKUP_PERCPU_ELEM(195, everywhere(kernel(5, 19))),
    SKC_TO_MPTCP_SOCK(196, from(HookSets.SOCKET_CASTS, kernel(5, 19))),
    DYNPTR_FROM_MEM(197, everywhere(kernel(5, 19))),
    RINGBUF_RESERVE_DYNPTR(198, everywhere(kernel(5, 19))),
    RINGBUF_SUBMIT_DYNPTR(199, everywhere(kernel(5, 19))),
    RINGBUF_DISCARD_DYNPTR(200, everywhere(kernel(5, 19))),
    DYNPTR_READ(201, everywhere(kernel(5, 19))),
    DYNPTR_WRITE(202, everywhere(kernel(5, 19))),
    DYNPTR_DATA(203, everywhere(kernel(5, 19))),
    KTIME_GET_TAI_NS(208, everywhere(V6_1)),
    USER_RINGBUF_DRAIN(209, everywhere(V6_1)),
    CGRP_STORAGE_GET(210, everywhere(kernel(6, 2))),
    CGRP_STORAGE_DELETE(211, everywhere(kernel(6, 2)));

    private static final Map<Integer, Helper> BY_ID =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Helper::id, helper -> helper));

    private final int id;
    private final HelperReach reach;

    Helper(int id, HelperReach reach) {
        this.id = id;
        this.reach = reach;
    }

    /** Returns the helper that `call ID` calls; empty for one that no cgroup hook has. */
    public static Optional<Helper> of(int id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    /** Returns the immediate of the call instruction. */
    public int id() {
        return id;
    }

    /**
     * Returns its arguments and result; empty for a helper about which nothing may be assumed, so
     * that no program may call it.
     */
    public Optional<HelperPrototype> prototype() {
        return HelperPrototype.of(this);
    }

    /** Returns its name in the kernel without `bpf_`: `map_lookup_elem`. */
    public String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns every hook that may call it, with the first kernel from which on it always may. */
    public Map<Hook, KernelVersion> hooks() {
        return reach.hooks();
    }

    /**
     * Returns the first kernel from which on this hook may always call it; empty if it never may,
     * or only on some kernels.
     */
    public Optional<KernelVersion> since(Hook hook) {
        return Optional.ofNullable(reach.hooks().get(hook));
    }

    /**
     * Returns whether the verifier of exactly this kernel permits the call at this hook; see
     * {@link #since} for newer ones.
     */
    public boolean availableAt(Hook hook, KernelVersion kernel) {
        return reach.includes(hook, kernel);
    }
}
