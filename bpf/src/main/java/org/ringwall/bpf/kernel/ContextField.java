// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Set;
import org.ringwall.bpf.insn.Width;

/**
 * A field of a context struct and the accesses that the verifier permits. Every access is aligned
 * to its own width, counted from the start of the struct, and is inside the field. Only at the
 * field's own offset may a listed width extend beyond it (the 4-byte view of `bpf_sock.dst_port`,
 * which includes the zero padding).
 *
 * @param offset in bytes from the start of the struct
 * @param bytes length of the field
 * @param kept bytes of the kernel's own field, fewer if it is widened: `target_size` of the
 *     `convert_ctx_access` functions, from which a load narrower than the field is cut
 * @param read how it may be loaded, and at which hooks
 * @param write how it may be stored from a register, and at which hooks
 * @param since the first tested kernel whose verifier knows the field
 */
public record ContextField(
        String name,
        int offset,
        int bytes,
        int kept,
        ByteOrderKind order,
        Access read,
        Access write,
        KernelVersion since) {
    /**
     * The offsets within a field at which the verifier accepts an access narrower than the field.
     */
    public enum Placement {
        /** At every aligned offset inside: the verifier's switch names the field's whole range. */
        INSIDE,
        /**
         * Only at the field's own offset: the switch names that offset alone, as for the host-order
         * fields of bpf_sock.
         */
        START
    }

    /**
     * The widths that the verifier accepts, at which offsets, and at which hooks; all empty for no
     * access.
     */
    public record Access(Set<Width> widths, Placement placement, Set<Hook> hooks) {
        public Access {
            widths = Set.copyOf(widths);
            hooks = Set.copyOf(hooks);
            if (widths.isEmpty() != hooks.isEmpty()) {
                throw new IllegalArgumentException("widths without hooks or hooks without widths");
            }
        }
    }

    public ContextField {
        if (offset < 0 || bytes <= 0 || kept <= 0 || kept > bytes) {
            throw new IllegalArgumentException("field `" + name + "` lies nowhere");
        }
    }

    /** Returns the same field with fewer bytes in the kernel's own field. */
    ContextField keptIn(int fewer) {
        return new ContextField(name, offset, bytes, fewer, order, read, write, since);
    }

    /** Returns the offset just after the field. */
    public int end() {
        return offset + bytes;
    }

    public boolean readableAt(Hook hook) {
        return read.hooks().contains(hook);
    }

    public boolean writableAt(Hook hook) {
        return write.hooks().contains(hook);
    }

    /**
     * Returns whether a load of this width at this offset of the struct is a permitted access to
     * this field at some hook.
     */
    public boolean admitsRead(int at, Width width) {
        return admits(read, at, width);
    }

    /**
     * Returns whether a store of this width at this offset of the struct is a permitted access to
     * this field at some hook.
     */
    public boolean admitsWrite(int at, Width width) {
        return admits(write, at, width);
    }

    private boolean admits(Access access, int at, Width width) {
        boolean aligned = Math.floorMod(at, width.bytes()) == 0;
        boolean inside = access.placement() == Placement.INSIDE && at > offset && at + width.bytes() <= end();
        return access.widths().contains(width) && aligned && (at == offset || inside);
    }
}
