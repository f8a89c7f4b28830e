package org.ringwall.bpf.kernel;

import java.util.Set;
import org.ringwall.bpf.insn.Width;

/**
 * A field of a context struct and what the verifier allows with it. Every access is aligned to its own width, counted
 * from the start of the struct, and lies within the field; only at the field's own offset may a listed width reach
 * beyond it (the 4-byte view of `bpf_sock.dst_port`, which includes the zero padding).
 *
 * @param offset in bytes from the start of the struct
 * @param bytes length of the field
 * @param kept how many bytes the kernel's own field has, fewer where it is widened: `target_size` of the `convert_ctx_access`
 *     functions, which a load narrower than the field is cut from
 * @param read how it may be loaded, and where
 * @param write how it may be stored from a register, and where
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
    /** Where within a field the verifier takes an access that is narrower than the field. */
    public enum Placement {
        /** At every aligned offset inside: the verifier's switch names the field's whole range. */
        INSIDE,
        /** Only at the field's own offset: the switch names that offset alone, as for the host-order ones of bpf_sock. */
        START
    }

    /** Widths that the verifier accepts, where, and the hooks at which it does; all empty for no access. */
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

    /** The same where the kernel's own field has fewer bytes. */
    ContextField keptIn(int fewer) {
        return new ContextField(name, offset, bytes, fewer, order, read, write, since);
    }

    /** The offset just past the field. */
    public int end() {
        return offset + bytes;
    }

    public boolean readableAt(Hook hook) {
        return read.hooks().contains(hook);
    }

    public boolean writableAt(Hook hook) {
        return write.hooks().contains(hook);
    }

    /** Whether a load of this width at this offset of the struct is one of the field's, hooks aside. */
    public boolean admitsRead(int at, Width width) {
        return admits(read, at, width);
    }

    /** Whether a store of this width at this offset of the struct is one of the field's, hooks aside. */
    public boolean admitsWrite(int at, Width width) {
        return admits(write, at, width);
    }

    private boolean admits(Access access, int at, Width width) {
        boolean aligned = Math.floorMod(at, width.bytes()) == 0;
        boolean inside = access.placement() == Placement.INSIDE && at > offset && at + width.bytes() <= end();
        return access.widths().contains(width) && aligned && (at == offset || inside);
    }
}
