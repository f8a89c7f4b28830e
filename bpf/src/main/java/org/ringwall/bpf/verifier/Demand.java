package org.ringwall.bpf.verifier;

import org.ringwall.bpf.flow.Finding;

/** What the kernel's verifier demands of a program, each with the functions that check it. */
public enum Demand {
    /** Each access of the context is one that the hook has, as wide and at the offset that it takes. */
    CONTEXT_ACCESS("check_ctx_access in kernel/bpf/verifier.c, and the is_valid_access of the program type"),
    /** The context is accessed through the pointer that came in, at a constant offset. */
    UNCHANGED_CONTEXT("check_ctx_reg, later check_ptr_off_reg, in kernel/bpf/verifier.c"),
    /** What may be null is compared with 0 before it is followed. */
    NULL_CHECK("check_mem_access and mark_ptr_or_null_regs in kernel/bpf/verifier.c"),
    /** Memory is accessed through pointers that allow it, and arithmetic leaves them pointers. */
    POINTER("check_mem_access and adjust_ptr_min_max_vals in kernel/bpf/verifier.c"),
    /** Each access is inside the value, record or packet that its pointer is known to point into, and misses its lock. */
    BOUNDS("check_map_access, check_packet_access and check_mem_region_access in kernel/bpf/verifier.c"),
    /** Registers are set on every way before they are read; calls unset r1 to r5. */
    SET_REGISTER("check_reg_arg in kernel/bpf/verifier.c"),
    /** Bytes of the stack are written on every way before they are read. */
    SET_STACK("check_stack_read in kernel/bpf/verifier.c"),
    /** The stack has 512 bytes, MAX_BPF_STACK, and each access of it is aligned. */
    STACK_SIZE("check_stack_access_within_bounds and check_ptr_alignment in kernel/bpf/verifier.c"),
    /** The answer is known to be one that the hook takes. */
    RETURN_RANGE("check_return_code in kernel/bpf/verifier.c"),
    /** A helper is one that the program type has, on the oldest kernel that must take the program, and its prototype is known. */
    HELPER("check_helper_call in kernel/bpf/verifier.c and the get_func_proto of the program type"),
    /** A helper gets what its prototype says. */
    ARGUMENT("check_func_arg and check_map_func_compatibility in kernel/bpf/verifier.c"),
    /** Locks are released and records given back on every path, and nothing is called under a lock. */
    RELEASE("process_spin_lock and check_reference_leak in kernel/bpf/verifier.c"),
    /** A way comes by an instruction again only in a loop that counts a register from a number to another, so that every way ends. */
    COUNTED_LOOPS("check_cfg and is_state_visited in kernel/bpf/verifier.c"),
    /** Jumps lead to instructions of this program, and no way runs off its end. */
    JUMP_TARGET("check_subprogs and check_cfg in kernel/bpf/verifier.c"),
    /** Jumps also reach when the kernel has rewritten what is between. */
    JUMP_REACH("bpf_adj_branches in kernel/bpf/core.c"),
    /** Some way leads to each instruction. */
    REACHED("check_cfg in kernel/bpf/verifier.c"),
    /** A shift by a number is below the width, and no number divides by 0. */
    OPERAND("check_alu_op in kernel/bpf/verifier.c"),
    /** The kernel knows the instruction, and this check does. */
    INSTRUCTION("bpf_opcode_in_insntable in kernel/bpf/core.c and check_atomic in kernel/bpf/verifier.c"),
    /** At most a million instructions, BPF_COMPLEXITY_LIMIT_INSNS; no way through more is walked either. */
    SIZE("bpf_prog_load in kernel/bpf/syscall.c");

    /** Instructions of a program, in slots. */
    public static final int MOST_SLOTS = 1_000_000;

    private final String source;

    Demand(String source) {
        this.source = source;
    }

    /** The functions of the kernel that refuse what breaks it. */
    public String source() {
        return source;
    }

    /** The demand that a finding about the structure breaks. */
    static Demand of(Finding.Kind kind) {
        return switch (kind) {
            case JUMP_TARGET, FALLS_OFF, LEAVES_SUBPROGRAM -> JUMP_TARGET;
            case UNREACHABLE -> REACHED;
            case SHIFT_WIDTH, DIVISION_BY_ZERO -> OPERAND;
        };
    }
}
