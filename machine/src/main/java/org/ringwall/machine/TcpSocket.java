// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.kernel.PrivateField;

/**
 * The fields of the kernel's `struct tcp_sock` that programs read.
 *
 * @param flags `skc_flags`, a bit for each number of `enum sock_flags`
 * @param writeSeq the sequence number after the last byte or FIN that was queued, 32 bits
 */
public record TcpSocket(long flags, long writeSeq) {
    /** A socket on which nothing has happened. */
    public static final TcpSocket NEW = new TcpSocket(0, 0);

    public TcpSocket {
        if (writeSeq >>> Integer.SIZE != 0) {
            throw new IllegalArgumentException("a sequence number of more than 32 bits");
        }
    }

    /** Returns the value of a field of a TCP socket, without sign. */
    long field(PrivateField field) {
        return switch (field) {
            case SOCKET_FLAGS -> flags;
            case WRITE_SEQ -> writeSeq;
            case SOCKET_STATE, UADDR, UADDRLEN ->
                throw new IllegalArgumentException(field + " of a TCP socket is not modelled");
        };
    }
}
