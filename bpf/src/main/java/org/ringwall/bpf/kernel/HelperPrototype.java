// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.ringwall.bpf.kernel.ArgumentType.ANYTHING;
import static org.ringwall.bpf.kernel.ArgumentType.CONTEXT;
import static org.ringwall.bpf.kernel.ArgumentType.CONTEXT_OR_NULL;
import static org.ringwall.bpf.kernel.ArgumentType.MAP;
import static org.ringwall.bpf.kernel.ArgumentType.MAP_KEY;
import static org.ringwall.bpf.kernel.ArgumentType.MAP_VALUE;
import static org.ringwall.bpf.kernel.ArgumentType.MAP_VALUE_OR_NULL;
import static org.ringwall.bpf.kernel.ArgumentType.MEMORY;
import static org.ringwall.bpf.kernel.ArgumentType.RECORD;
import static org.ringwall.bpf.kernel.ArgumentType.RECORD_SIZE;
import static org.ringwall.bpf.kernel.ArgumentType.SIZE;
import static org.ringwall.bpf.kernel.ArgumentType.SIZE_OR_ZERO;
import static org.ringwall.bpf.kernel.ArgumentType.SOCKET;
import static org.ringwall.bpf.kernel.ArgumentType.SOCK_COMMON;
import static org.ringwall.bpf.kernel.ArgumentType.UNSET_MEMORY;

import java.util.List;
import java.util.Optional;

/**
 * The arguments of a helper in r1 to r5 and its result in r0: its `struct bpf_func_proto`. If
 * program types have prototypes of their own, it is the one that all hooks share.
 *
 * @param arguments from r1 on
 */
public record HelperPrototype(List<ArgumentType> arguments, Result result) {
    /** `enum bpf_return_type` of include/linux/bpf.h. */
    public enum Result {
        /** RET_INTEGER: any number. */
        INTEGER,
        /** RET_VOID: r0 is uninitialized afterwards. */
        VOID,
        /**
         * RET_PTR_TO_MAP_VALUE_OR_NULL: a value of the map in r1, a map if that is a map of maps,
         * or null.
         */
        MAP_VALUE_OR_NULL,
        /** RET_PTR_TO_RINGBUF_MEM_OR_NULL: a record, which must be released, or null. */
        RECORD_OR_NULL,
        /** RET_PTR_TO_BTF_ID_OR_NULL of a `struct mptcp_sock`. */
        MPTCP_SOCK_OR_NULL,
        /** RET_PTR_TO_BTF_ID_OR_NULL of a `struct tcp_sock`. */
        TCP_SOCK_OR_NULL;

        /** Returns whether the result must be compared with 0 before it is dereferenced. */
        public boolean nullable() {
            return this != INTEGER && this != VOID;
        }
    }

    public HelperPrototype {
        arguments = List.copyOf(arguments);
    }

    /**
     * Returns the prototype of a helper; empty for one that no program of ours calls, about which
     * nothing may be assumed. Sources: kernel/bpf/helpers.c for maps, time, tasks and locks,
     * kernel/bpf/ringbuf.c, net/core/bpf_sk_storage.c, kernel/bpf/cgroup.c for sysctls and return
     * values, net/core/filter.c for packets and sockets, kernel/trace/bpf_trace.c for
     * probe_read_kernel.
     */
    static Optional<HelperPrototype> of(Helper helper) {
        return switch (helper) {
            case MAP_LOOKUP_ELEM -> some(Result.MAP_VALUE_OR_NULL, MAP, MAP_KEY);
            case MAP_LOOKUP_PERCPU_ELEM -> some(Result.MAP_VALUE_OR_NULL, MAP, MAP_KEY, ANYTHING);
            case MAP_UPDATE_ELEM -> some(Result.INTEGER, MAP, MAP_KEY, MAP_VALUE, ANYTHING);
            case MAP_DELETE_ELEM -> some(Result.INTEGER, MAP, MAP_KEY);
            case SK_STORAGE_GET -> some(Result.MAP_VALUE_OR_NULL, MAP, SOCKET, MAP_VALUE_OR_NULL, ANYTHING);
            case SK_STORAGE_DELETE -> some(Result.INTEGER, MAP, SOCKET);
            case SKC_TO_MPTCP_SOCK -> some(Result.MPTCP_SOCK_OR_NULL, SOCK_COMMON);
            case SKC_TO_TCP_SOCK -> some(Result.TCP_SOCK_OR_NULL, SOCK_COMMON);
            case SPIN_LOCK, SPIN_UNLOCK -> some(Result.VOID, ArgumentType.SPIN_LOCK);
            case RINGBUF_RESERVE -> some(Result.RECORD_OR_NULL, MAP, RECORD_SIZE, ANYTHING);
            case RINGBUF_SUBMIT, RINGBUF_DISCARD -> some(Result.VOID, RECORD, ANYTHING);
            case RINGBUF_OUTPUT -> some(Result.INTEGER, MAP, MEMORY, SIZE_OR_ZERO, ANYTHING);
            case RINGBUF_QUERY -> some(Result.INTEGER, MAP, ANYTHING);
            case KTIME_GET_NS, KTIME_GET_BOOT_NS, KTIME_GET_COARSE_NS, GET_PRANDOM_U32, GET_SMP_PROCESSOR_ID ->
                some(Result.INTEGER);
            case GET_CURRENT_PID_TGID, GET_CURRENT_UID_GID, GET_CURRENT_CGROUP_ID, GET_RETVAL -> some(Result.INTEGER);
            case GET_CURRENT_ANCESTOR_CGROUP_ID, SET_RETVAL -> some(Result.INTEGER, ANYTHING);
            case GET_CURRENT_COMM -> some(Result.INTEGER, UNSET_MEMORY, SIZE);
            case GET_SOCKET_COOKIE, SKB_CGROUP_ID -> some(Result.INTEGER, CONTEXT);
            case GET_NETNS_COOKIE -> some(Result.INTEGER, CONTEXT_OR_NULL);
            case SKB_LOAD_BYTES -> some(Result.INTEGER, CONTEXT, ANYTHING, UNSET_MEMORY, SIZE);
            case SOCK_OPS_CB_FLAGS_SET -> some(Result.INTEGER, CONTEXT, ANYTHING);
            case SETSOCKOPT -> some(Result.INTEGER, CONTEXT, ANYTHING, ANYTHING, MEMORY, SIZE);
            case SYSCTL_GET_NAME -> some(Result.INTEGER, CONTEXT, UNSET_MEMORY, SIZE, ANYTHING);
            case SYSCTL_GET_CURRENT_VALUE, SYSCTL_GET_NEW_VALUE -> some(Result.INTEGER, CONTEXT, UNSET_MEMORY, SIZE);
            case SYSCTL_SET_NEW_VALUE -> some(Result.INTEGER, CONTEXT, MEMORY, SIZE);
            case PROBE_READ_KERNEL -> some(Result.INTEGER, UNSET_MEMORY, SIZE_OR_ZERO, ANYTHING);
            default -> Optional.empty();
        };
    }

    private static Optional<HelperPrototype> some(Result result, ArgumentType... arguments) {
        return Optional.of(new HelperPrototype(List.of(arguments), result));
    }
}
