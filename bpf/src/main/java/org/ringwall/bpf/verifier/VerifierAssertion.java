// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import org.ringwall.bpf.flow.Finding;

/** The requirements of the kernel's verifier, each with the functions that check it. */
public enum VerifierAssertion {
    /** Each access to the context is one that the hook permits, at its width and offset. */
    CONTEXT_ACCESS("check_ctx_access in kernel/bpf/verifier.c, and the is_valid_access of the program type"),
    /** The context is accessed through the original pointer, at a constant offset. */
    UNCHANGED_CONTEXT("check_ctx_reg, later check_ptr_off_reg, in kernel/bpf/verifier.c"),
    /** A value that may be null is compared with 0 before it is dereferenced. */
    NULL_CHECK("check_mem_access and mark_ptr_or_null_regs in kernel/bpf/verifier.c"),
    /** Memory is accessed through pointers that permit it, and arithmetic keeps them pointers. */
    POINTER("check_mem_access and adjust_ptr_min_max_vals in kernel/bpf/verifier.c"),
    /**
     * Each access is inside the value, record or packet to which its pointer is known to point, and
     * does not touch its lock.
     */
    BOUNDS("check_map_access, check_packet_access and check_mem_region_access in kernel/bpf/verifier.c"),
    /** Registers are set on every path before they are read; calls clear r1 to r5. */
    SET_REGISTER("check_reg_arg in kernel/bpf/verifier.c"),
    /** Bytes of the stack are written on every path before they are read. */
    SET_STACK("check_stack_read in kernel/bpf/verifier.c"),
    /** The stack has 512 bytes, MAX_BPF_STACK, and each access to it is aligned. */
    STACK_SIZE("check_stack_access_within_bounds and check_ptr_alignment in kernel/bpf/verifier.c"),
    /** The return value is known to be one that the hook accepts. */
    RETURN_RANGE("check_return_code in kernel/bpf/verifier.c"),
    /**
     * A helper is available to the program type on the oldest kernel that must accept the program,
     * and its prototype is known.
     */
    HELPER("check_helper_call in kernel/bpf/verifier.c and the get_func_proto of the program type"),
    /** The arguments of a helper match its prototype. */
    ARGUMENT("check_func_arg and check_map_func_compatibility in kernel/bpf/verifier.c"),
    /** Locks and records are released on every path, and nothing is called under a lock. */
    RELEASE("process_spin_lock and check_reference_leak in kernel/bpf/verifier.c"),
    /**
     * A path returns to an instruction only in a loop that counts a register from one constant to
     * another, so that every path ends.
     */
    COUNTED_LOOPS("check_cfg and is_state_visited in kernel/bpf/verifier.c"),
    /** Jump targets are instructions of this program, and no path runs off its end. */
    JUMP_TARGET("check_subprogs and check_cfg in kernel/bpf/verifier.c"),
    /** Jumps still reach their targets after the kernel has rewritten the instructions between. */
    JUMP_REACH("bpf_adj_branches in kernel/bpf/core.c"),
    /** Each instruction is reachable. */
    REACHED("check_cfg in kernel/bpf/verifier.c"),
    /** A shift by a constant is less than the width, and no constant divisor is 0. */
    OPERAND("check_alu_op in kernel/bpf/verifier.c"),
    /** The kernel and this check know the instruction. */
    INSTRUCTION("bpf_opcode_in_insntable in kernel/bpf/core.c and check_atomic in kernel/bpf/verifier.c"),
    /**
     * There are at most a million instructions, BPF_COMPLEXITY_LIMIT_INSNS; no more are walked
     * either.
     */
    SIZE("bpf_prog_load in kernel/bpf/syscall.c");

    /** The maximum size of a program in slots. */
    public static final int MOST_SLOTS = 1_000_000;

    private final String source;

    VerifierAssertion(String source) {
        this.source = source;
    }

    /** Returns the kernel functions that reject a violation. */
    public String source() {
        return source;
    }

    /** Returns the requirement that a structural finding violates. */
    static VerifierAssertion of(Finding.Kind kind) {
        return switch (kind) {
            case JUMP_TARGET, FALLS_OFF, LEAVES_SUBPROGRAM -> JUMP_TARGET;
            case UNREACHABLE -> REACHED;
            case SHIFT_WIDTH, DIVISION_BY_ZERO -> OPERAND;
        };
    }
}
