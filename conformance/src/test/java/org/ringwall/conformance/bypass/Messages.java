// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * Calls with a struct msghdr (64-bit): datagrams with control data, several datagrams at once, and
 * passing of descriptors.
 */
final class Messages {
    private static final int MSGHDR = 56;
    private static final int MMSGHDR = 64;
    private static final int CMSG_HEAD = 16;
    private static final int DONTWAIT = 0x40;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_ERRQUEUE = 0x2000;
    private static final int QUOTED = 2048;

    private final Os os;

    Messages(Os os) {
        this.os = os;
    }

    /** Returns two unix sockets that are connected with each other. */
    long[] pair() {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock two = frame.zeros(8);
            os.call(Call.SOCKETPAIR, Sockaddr.UNIX, Os.STREAM, 0, two.address());
            return new long[] {os.opened(two.intAt(0)), os.opened(two.intAt(4))};
        }
    }

    /** Sends a descriptor. */
    void pass(long by, long fd) {
        byte[] rights = new byte[4];
        java.nio.ByteBuffer.wrap(rights).order(java.nio.ByteOrder.nativeOrder()).putInt((int) fd);
        send(by, new byte[0], SOL_SOCKET, SCM_RIGHTS, rights);
    }

    /** Receives a descriptor. */
    long take(long by) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock control = frame.zeros(32);
            NativeBlock header = header(frame, frame.zeros(28), 0, new byte[1]);
            header.putLong(32, control.address()).putLong(40, 24);
            os.call(Call.RECVMSG, by, header.address(), 0);
            return os.opened(control.intAt(CMSG_HEAD));
        }
    }

    /**
     * Sends one byte with one control message by sendmsg(2); without a destination if the address
     * is empty.
     */
    void send(long fd, byte[] address, int level, int type, byte[] data) {
        send(fd, address, new byte[] {42}, level, type, data);
    }

    /**
     * Sends this content with one control message by sendmsg(2); without a destination if the
     * address is empty.
     */
    void send(long fd, byte[] address, byte[] content, int level, int type, byte[] data) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock name = frame.bytes(address);
            NativeBlock header = header(frame, name, address.length, content);
            int padded = (data.length + 7) & ~7;
            NativeBlock control = frame.zeros(CMSG_HEAD + padded);
            control.putLong(0, CMSG_HEAD + data.length).putInt(8, level).putInt(12, type);
            control.put(CMSG_HEAD, data);
            header.putLong(32, control.address()).putLong(40, CMSG_HEAD + padded);
            os.call(Call.SENDMSG, fd, header.address(), 0);
        }
    }

    /**
     * Receives a datagram and returns the number in its first control message; throws EAGAIN if
     * nothing arrives.
     */
    int receiveNumber(long fd) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock control = frame.zeros(64);
            NativeBlock header = header(frame, frame.zeros(28), 0, new byte[1]);
            header.putLong(32, control.address()).putLong(40, 64);
            os.patiently(Call.RECVMSG, fd, header.address(), DONTWAIT);
            return control.intAt(CMSG_HEAD);
        }
    }

    /** Returns the next message in the error queue of a socket; throws EAGAIN if there is none. */
    byte[] takeError(long fd) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock content = frame.zeros(QUOTED);
            NativeBlock vector = frame.zeros(16).putLong(0, content.address()).putLong(8, QUOTED);
            NativeBlock header =
                    frame.zeros(MSGHDR).putLong(16, vector.address()).putLong(24, 1);
            long length = os.patiently(Call.RECVMSG, fd, header.address(), MSG_ERRQUEUE);
            return content.bytes(0, (int) length);
        }
    }

    /**
     * Sends one byte to each address by sendmmsg(2). Throws {@link Refused} with the first error
     * unless all were sent.
     */
    void sendAll(long fd, byte[] first, byte[] second) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock both = frame.zeros(2 * MMSGHDR);
            both.put(0, copy(frame, first));
            both.put(MMSGHDR, copy(frame, second));
            long sent = os.call(Call.SENDMMSG, fd, both.address(), 2, 0);
            if (sent < 2) {
                os.call(Call.SENDMMSG, fd, both.address() + MMSGHDR * sent, 1, 0);
            }
        }
    }

    private static byte[] copy(NativeArena.Frame frame, byte[] address) {
        return header(frame, frame.bytes(address), address.length, new byte[] {42})
                .bytes(0, MSGHDR);
    }

    /** Returns a msghdr with one buffer and no control data. */
    static NativeBlock header(NativeArena.Frame frame, NativeBlock name, int nameLength, byte[] content) {
        NativeBlock payload = frame.bytes(content);
        NativeBlock vector = frame.zeros(16).putLong(0, payload.address()).putLong(8, content.length);
        return frame.zeros(MSGHDR)
                .putLong(0, nameLength == 0 ? 0 : name.address())
                .putInt(8, nameLength)
                .putLong(16, vector.address())
                .putLong(24, 1);
    }
}
