// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.PrivateField;

/**
 * An object of the kernel of which programs read fields by their offsets in its BTF. Each field is
 * read as a whole, and nothing is written.
 *
 * @param name its name in traps and traces
 * @param structs the structs that begin at its address, each a member of the one before
 * @param fields returns the value of a field, without sign
 */
record KernelObject(String name, List<String> structs, ToLongFunction<PrivateField> fields) implements Region {
    /** The context, as `bpf_cast_to_kern_ctx` returns it. */
    static KernelObject context(KernelMemory memory) {
        return new KernelObject("kern_ctx", List.of(PrivateField.UADDR.struct()), memory::field);
    }

    /** The socket, as `bpf_skc_to_tcp_sock` returns it. */
    static KernelObject tcpSocket(TcpSocket socket) {
        return new KernelObject(
                "tcp_sock",
                List.of(PrivateField.WRITE_SEQ.struct(), PrivateField.SOCKET_FLAGS.struct()),
                socket::field);
    }

    @Override
    public Value load(long offset, Width width) {
        return structs.stream()
                .map(struct -> PrivateField.at(struct, offset, width.bytes()))
                .flatMap(Optional::stream)
                .findFirst()
                .map(field -> new Value.Scalar(fields.applyAsLong(field)))
                .orElseThrow(() -> Region.outside(name, offset, width.bytes()));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        throw new TrapException("only read is supported");
    }

    @Override
    public boolean movable() {
        return true;
    }
}
