// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;

/** Descriptions of hooks for authors of policies. */
public final class HookNotes {
    private HookNotes() {}

    /** Returns the system calls that invoke the hook, and when. */
    public static String invokedBy(Hook hook) {
        return switch (hook) {
            case SKB_INGRESS -> "for each packet that reaches a socket of the cgroup";
            case SKB_EGRESS -> "for each packet that a socket of the cgroup sends";
            case SOCK_CREATE -> "by socket(2) of AF_INET and AF_INET6";
            case SOCK_RELEASE -> "when the last descriptor of an AF_INET or AF_INET6 socket is closed";
            case POST_BIND4 ->
                "by bind(2) of an AF_INET socket, after address and port are set; not for an address that connect or listen chooses";
            case POST_BIND6 ->
                "by bind(2) of an AF_INET6 socket, after address and port are set; not for an address that connect or listen chooses";
            case BIND4 -> "by bind(2) with an AF_INET address, before anything is bound; not for raw sockets";
            case BIND6 -> "by bind(2) with an AF_INET6 address, before anything is bound; not for raw sockets";
            case CONNECT4 -> "by connect(2) with an AF_INET address, and by TCP Fast Open";
            case CONNECT6 -> "by connect(2) with an AF_INET6 address, v4-mapped ones included, and by TCP Fast Open";
            case CONNECT_UNIX -> "by connect(2) with an AF_UNIX address";
            case SENDMSG4 ->
                "by sendto(2) or sendmsg(2) of a UDP socket with an AF_INET or a v4-mapped address; not for an AF_INET6 socket that is connected to it";
            case SENDMSG6 ->
                "by sendto(2) or sendmsg(2) of a UDP socket with an AF_INET6 address that is not v4-mapped";
            case SENDMSG_UNIX -> "by sendto(2) or sendmsg(2) of an AF_UNIX datagram with an address";
            case RECVMSG4 -> "by recvfrom(2) or recvmsg(2) of a UDP socket that requests the sender's AF_INET address";
            case RECVMSG6 -> "by recvfrom(2) or recvmsg(2) of a UDP socket that requests the sender's AF_INET6 address";
            case RECVMSG_UNIX -> "by recvfrom(2) or recvmsg(2) that requests the sender's AF_UNIX address";
            case GETPEERNAME4 -> "by getpeername(2) of an AF_INET socket, and by accept(2) that requests the address";
            case GETPEERNAME6 -> "by getpeername(2) of an AF_INET6 socket, and by accept(2) that requests the address";
            case GETPEERNAME_UNIX ->
                "by getpeername(2) of an AF_UNIX socket whose peer has a name, and by accept(2) that requests it";
            case GETSOCKNAME4 -> "by getsockname(2) of an AF_INET socket";
            case GETSOCKNAME6 -> "by getsockname(2) of an AF_INET6 socket";
            case GETSOCKNAME_UNIX -> "by getsockname(2) of an AF_UNIX socket that has a name";
            case SOCK_OPS -> "by TCP, at the events of a connection";
            case DEVICE -> "by open(2) and mknod(2) of a device node";
            case SYSCTL -> "by read(2) and write(2) below /proc/sys";
            case GETSOCKOPT -> "by getsockopt(2), after the kernel has answered, even if it failed";
            case SETSOCKOPT -> "by setsockopt(2), before the kernel reads the value";
        };
    }

    /** Returns the effect of a denial. */
    public static String denial(Hook hook) {
        return switch (hook) {
            case SKB_INGRESS -> "the packet is dropped";
            case SKB_EGRESS -> "the packet is dropped; the sender may see EPERM";
            case SOCK_CREATE -> "socket fails";
            case POST_BIND4, POST_BIND6 -> "bind fails and the port is released";
            case BIND4, BIND6 -> "bind fails";
            case CONNECT4, CONNECT6, CONNECT_UNIX -> "connect fails";
            case SENDMSG4, SENDMSG6, SENDMSG_UNIX -> "the datagram is not sent";
            case DEVICE -> "open or mknod fails";
            case SYSCTL -> "read or write fails";
            case GETSOCKOPT -> "getsockopt fails";
            case SETSOCKOPT -> "setsockopt fails";
            case SOCK_RELEASE -> "nothing: the kernel ignores the result";
            case SOCK_OPS -> "nothing: returning 0 cancels the reply of another program";
            case RECVMSG4, RECVMSG6, RECVMSG_UNIX -> "nothing: the datagram is delivered";
            case GETPEERNAME4, GETPEERNAME6, GETPEERNAME_UNIX -> "nothing: only the name can be changed";
            case GETSOCKNAME4, GETSOCKNAME6, GETSOCKNAME_UNIX -> "nothing: only the name can be changed";
        };
    }

    /**
     * Returns the intents that include the hook; `egress` includes sock_create if it denies by
     * default.
     */
    public static List<Intent> intents(Hook hook) {
        return Arrays.stream(Intent.values())
                .filter(intent -> intent.hooks().contains(hook) || intent == Intent.EGRESS && hook == Hook.SOCK_CREATE)
                .toList();
    }
}
