// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The permitted accesses to a context according to {@link Hook}, cached as bits, because every load
 * and store needs them.
 */
final class ContextRules {
    private static final Map<Key, ContextRules> KNOWN = new ConcurrentHashMap<>();

    private static final int WIDTHS = Width.values().length;

    private record Key(Hook hook, KernelVersion kernel) {}

    private final BitSet reads = new BitSet();
    private final BitSet pointers = new BitSet();
    private final BitSet writes = new BitSet();
    private final Map<Integer, ContextField> cut = new HashMap<>();

    private ContextRules(Hook hook, KernelVersion kernel) {
        for (int offset = 0; offset < hook.context().size(); offset++) {
            for (Width width : Width.values()) {
                int at = offset;
                reads.set(bit(offset, width), hook.mayRead(offset, width, kernel));
                writes.set(bit(offset, width), hook.mayWrite(offset, width));
                hook.readable().stream()
                        .filter(field -> field.admitsRead(at, width) && isCut(field, width))
                        .forEach(field -> cut.put(bit(at, width), field));
                pointers.set(
                        bit(offset, width),
                        hook.readable().stream()
                                .anyMatch(field ->
                                        field.admitsRead(at, width) && field.order() == ByteOrderKind.POINTER));
            }
        }
    }

    static ContextRules of(Hook hook, KernelVersion kernel) {
        return KNOWN.computeIfAbsent(new Key(hook, kernel), key -> new ContextRules(key.hook(), key.kernel()));
    }

    boolean mayRead(int offset, Width width) {
        return reads.get(bit(offset, width));
    }

    boolean mayWrite(int offset, Width width) {
        return writes.get(bit(offset, width));
    }

    /**
     * Returns whether a load has another width than the field and is not simply a part of its
     * bytes.
     */
    private static boolean isCut(ContextField field, Width width) {
        return width.bytes() > field.bytes() || width.bytes() < field.bytes() && field.kept() < field.bytes();
    }

    /**
     * Returns the field that the kernel loads as a whole for such a load; empty if it loads just
     * the requested bytes.
     */
    Optional<ContextField> cut(int offset, Width width) {
        return Optional.ofNullable(cut.get(bit(offset, width)));
    }

    /** Returns whether a load there yields a pointer to a kernel object. */
    boolean isPointer(int offset, Width width) {
        return pointers.get(bit(offset, width));
    }

    private static int bit(int offset, Width width) {
        return offset * WIDTHS + width.ordinal();
    }
}
