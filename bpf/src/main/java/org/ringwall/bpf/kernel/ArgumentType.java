// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * The type of a helper's argument: `enum bpf_arg_type` of include/linux/bpf.h, as far as helpers
 * with a prototype need it.
 */
public enum ArgumentType {
    /** ARG_PTR_TO_CTX: the unmodified context. */
    CONTEXT,
    /** ARG_PTR_TO_CTX_OR_NULL. */
    CONTEXT_OR_NULL,
    /** ARG_CONST_MAP_PTR. */
    MAP,
    /** ARG_PTR_TO_MAP_KEY: as many initialized bytes as a key of the map has. */
    MAP_KEY,
    /** ARG_PTR_TO_MAP_VALUE: as many initialized bytes as a value of the map has. */
    MAP_VALUE,
    /** ARG_PTR_TO_MAP_VALUE_OR_NULL. */
    MAP_VALUE_OR_NULL,
    /** ARG_PTR_TO_MEM: initialized bytes, as many as the size that follows. */
    MEMORY,
    /** ARG_PTR_TO_UNINIT_MEM: bytes that the helper writes, as many as the size that follows. */
    UNSET_MEMORY,
    /** ARG_CONST_SIZE: a number above 0 with a known upper bound. */
    SIZE,
    /** ARG_CONST_SIZE_OR_ZERO. */
    SIZE_OR_ZERO,
    /** ARG_ANYTHING. */
    ANYTHING,
    /**
     * The socket that owns a storage: ARG_PTR_TO_CTX where the context is a `bpf_sock`
     * (bpf_sk_storage_get_cg_sock_proto), elsewhere ARG_PTR_TO_BTF_ID_SOCK_COMMON
     * (bpf_sk_storage_get_proto in net/core/bpf_sk_storage.c).
     */
    SOCKET,
    /** ARG_PTR_TO_BTF_ID_SOCK_COMMON: a socket that is not null. */
    SOCK_COMMON,
    /** ARG_PTR_TO_SPIN_LOCK. */
    SPIN_LOCK,
    /**
     * ARG_PTR_TO_RINGBUF_MEM, before 5.16 ARG_PTR_TO_ALLOC_MEM: the start of a reserved record,
     * which the helper releases.
     */
    RECORD,
    /** ARG_CONST_ALLOC_SIZE_OR_ZERO: a constant. */
    RECORD_SIZE
}
