// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.PrivateField;

/**
 * The socket as `bpf_skc_to_tcp_sock` returns it: a `struct tcp_sock`, which begins with a
 * `struct sock_common`. Each field is read as a whole, and nothing is written.
 */
record TcpSocketRegion(TcpSocket socket) implements Region {
    @Override
    public String name() {
        return "tcp_sock";
    }

    @Override
    public Value load(long offset, Width width) {
        return PrivateField.at(PrivateField.WRITE_SEQ.struct(), offset, width.bytes())
                .or(() -> PrivateField.at(PrivateField.SOCKET_FLAGS.struct(), offset, width.bytes()))
                .map(field -> new Value.Scalar(socket.field(field)))
                .orElseThrow(() -> Region.outside(name(), offset, width.bytes()));
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
