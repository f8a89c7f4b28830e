// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;

/**
 * The pointer fields of contexts: `reg_type` of the is_valid_access functions in net/core/filter.c
 * and kernel/bpf/cgroup.c.
 */
final class ContextPointers {
    private ContextPointers() {}

    /** Returns the pointer field at this offset; empty if there is none. */
    static Optional<ContextField> field(Hook hook, int offset) {
        return hook.context().fields().stream()
                .filter(field -> field.offset() == offset && field.order() == ByteOrderKind.POINTER)
                .findFirst();
    }

    /** Returns the pointer that a load of this field at this slot yields. */
    static Pointer pointer(Hook hook, ContextField field, int slot) {
        ContextStruct context = hook.context();
        boolean mayLack = context == ContextStruct.SK_BUFF || context == ContextStruct.SOCK_OPS;
        return switch (field.name()) {
            case "sk" -> new Pointer.Socket(mayLack ? slot : Pointer.NO_ID, mayLack, "");
            case "data", "optval" -> new Pointer.Packet(0, 0, 0, 0);
            case "data_end", "optval_end" -> new Pointer.PacketEnd();
            default -> new Pointer.Opaque();
        };
    }
}
