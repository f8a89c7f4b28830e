// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/**
 * An operation on an address. A {@link Hook} whose requests have an address is one operation on
 * addresses of one family.
 */
public enum AddressCall {
    BIND,
    /** After bind(2) has bound, when the port is known. */
    POST_BIND,
    CONNECT,
    SENDMSG,
    RECVMSG,
    GETPEERNAME,
    GETSOCKNAME;

    /** Returns the struct that has the address. */
    ContextStruct context() {
        return this == POST_BIND ? ContextStruct.SOCK : ContextStruct.SOCK_ADDR;
    }

    /** Returns whether the address is the socket's own, and not that of its peer. */
    public boolean isLocal() {
        return this == BIND || this == POST_BIND || this == GETSOCKNAME;
    }

    /** Returns whether the kernel reports the address to the process, so that no program denies. */
    public boolean isReport() {
        return this == RECVMSG || isOfName();
    }

    /** Returns whether it transfers a datagram. */
    public boolean isOfDatagram() {
        return this == SENDMSG || this == RECVMSG;
    }

    /** Returns whether it reads a name, which sockets of every type have: `inet_getname`. */
    public boolean isOfName() {
        return this == GETPEERNAME || this == GETSOCKNAME;
    }
}
