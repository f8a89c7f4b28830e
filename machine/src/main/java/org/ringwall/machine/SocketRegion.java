// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;

/**
 * The socket to which `sk` of a context points, with the fields of `struct bpf_sock`. Only words of
 * 4 bytes can be read, which every kernel accepts (`bpf_sock_is_valid_access`).
 *
 * @param fields the socket's fields; all zero if the context does not specify them
 */
record SocketRegion(Memory memory, Optional<Context> fields) implements Region {
    private static final ContextField DST_PORT = ContextStruct.SOCK.require("dst_port");

    @Override
    public String name() {
        return "sock";
    }

    /**
     * Returns a field. The kernel loads the port as 16 bits even if 32 are read, as older kernels
     * require.
     */
    @Override
    public Value load(long offset, Width width) {
        boolean field =
                ContextStruct.SOCK.fields().stream().anyMatch(each -> each.offset() <= offset && offset < each.end());
        if (width != Width.W || !field || offset % width.bytes() != 0) {
            throw new TrapException("invalid sock access off=%d size=%d".formatted(offset, width.bytes()));
        }
        Context socket = fields.orElseGet(() -> Context.zero(ContextStruct.SOCK));
        Width loaded = offset == DST_PORT.offset() ? Width.H : width;
        return new Value.Scalar(memory.read(socket.bytes(), (int) offset, loaded));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        throw new TrapException("%s is not writable memory, off=%d".formatted(name(), offset));
    }

    @Override
    public boolean movable() {
        return false;
    }
}
