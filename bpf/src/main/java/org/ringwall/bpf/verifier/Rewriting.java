// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;

/**
 * An upper bound on the distances of jump targets after the kernel has replaced accesses to the
 * context and calls by longer code. The kernel moves the code that follows, and rejects the program
 * with ERANGE if a 16-bit jump no longer reaches its target (bpf_patch_insn_data and
 * bpf_adj_delta_to_off in kernel/bpf/core.c).
 */
public final class Rewriting {
    /** The maximum number of slots by which the kernel replaces one instruction. */
    private static final int MOST_SLOTS = 12;

    /**
     * The maximum for calls other than map_lookup_elem: a few become one or two loads, and some get
     * another argument.
     */
    private static final int OTHER_CALL = 3;

    /** A jump over at most this many slots always reaches its target. */
    public static final int NEAR = Short.MAX_VALUE / MOST_SLOTS;

    private final List<Insn> insns;

    /**
     * For each instruction and the end: the number of slots before it now, and the maximum after
     * rewriting.
     */
    private final int[] now;

    private final int[] then;

    private Rewriting(Hook hook, List<Insn> insns, BitSet contexts) {
        this.insns = insns;
        this.now = new int[insns.size() + 1];
        this.then = new int[insns.size() + 1];
        for (int i = 0; i < insns.size(); i++) {
            Insn insn = insns.get(i);
            int most = contexts.get(i)
                    ? ofAccess(hook, insn)
                    : insn instanceof Insn.CallHelper call ? ofCall(call.id()) : 0;
            now[i + 1] = now[i] + insn.slots();
            then[i + 1] = then[i] + Math.max(insn.slots(), most);
        }
    }

    /**
     * Returns the maximum number of slots for a load from the hook's context or a store to it:
     * convert_ctx_access of the program types in net/core/filter.c and kernel/bpf/cgroup.c, and
     * convert_ctx_accesses in kernel/bpf/verifier.c for loads narrower than a field.
     */
    public static int ofAccess(Hook hook, Insn access) {
        boolean whole = access instanceof Insn.Load load && load.width().bytes() >= Integer.BYTES;
        return switch (hook.context()) {
            case SOCK_OPS -> 9;
            case SK_BUFF -> 8;
            case SOCKOPT -> 5;
            case SOCK, SYSCTL -> 4;
            case SOCK_ADDR -> whole ? 2 : 4;
            case DEVICE -> 2;
        };
    }

    /**
     * Returns the maximum number of slots for a call: map_gen_lookup of the map types, and
     * do_misc_fixups in kernel/bpf/verifier.c.
     */
    static int ofCall(int helper) {
        return helper == Helper.MAP_LOOKUP_ELEM.id() ? MOST_SLOTS : OTHER_CALL;
    }

    /** A 16-bit jump, and the maximum distance of its target after rewriting, in slots. */
    public record Far(int slot, int distance) {}

    /** Returns the jumps of a program of this hook that may not reach their targets. */
    public static List<Far> jumps(Hook hook, List<Insn> insns) {
        // Most programs are short enough even if every access were one of the context.
        BitSet all = new BitSet();
        for (int i = 0; i < insns.size(); i++) {
            all.set(i, insns.get(i) instanceof Insn.Load || insns.get(i) instanceof Insn.Store);
        }
        return jumps(hook, insns, all).isEmpty()
                ? List.of()
                : jumps(hook, insns, Verifier.contextAccesses(hook, insns));
    }

    /**
     * Returns the jumps that may not reach their targets.
     *
     * @param contexts the instructions that may access the context, by index
     */
    static List<Far> jumps(Hook hook, List<Insn> insns, BitSet contexts) {
        Rewriting rewriting = new Rewriting(hook, insns, contexts);
        return rewriting.then[insns.size()] <= Short.MAX_VALUE ? List.of() : rewriting.far();
    }

    /** Returns the maximum number of slots of a program of this hook after rewriting. */
    public static int mostSlots(Hook hook, List<Insn> insns) {
        return new Rewriting(hook, insns, Verifier.contextAccesses(hook, insns)).then[insns.size()];
    }

    private List<Far> far() {
        int[] indexes = new int[now[insns.size()] + 1];
        for (int i = 0; i < now.length; i++) {
            indexes[now[i]] = i;
        }
        List<Far> far = new ArrayList<>();
        for (int i = 0; i < insns.size(); i++) {
            OptionalInt over = over(insns.get(i));
            if (over.isPresent()) {
                int distance = then[indexes[now[i + 1] + over.getAsInt()]] - then[i + 1];
                if (distance != (short) distance) {
                    far.add(new Far(now[i], distance));
                }
            }
        }
        return far;
    }

    private static OptionalInt over(Insn insn) {
        if (insn instanceof Insn.Jump jump) {
            return OptionalInt.of(jump.off());
        }
        return insn instanceof Insn.Goto jump ? OptionalInt.of(jump.off()) : OptionalInt.empty();
    }
}
