// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.StructLayout.Scalar;

/** The part of an event that depends on the hook: the struct after {@link EventLayout#HEADER}. */
public enum EventKind {
    /** Addresses in network byte order, IPv4 as IPv4-mapped; ports in host byte order. */
    SOCKET(1, endpoints("ringwall_event_socket").build()),
    /** `type` 1 block, 2 char; `access` bits 1 mknod, 2 read, 4 write. */
    DEVICE(
            2,
            StructLayout.named("ringwall_event_device")
                    .add("type", Scalar.U32)
                    .add("access", Scalar.U32)
                    .add("major", Scalar.U32)
                    .add("minor", Scalar.U32)
                    .build()),
    SYSCTL(
            3,
            StructLayout.named("ringwall_event_sysctl")
                    .add("write", Scalar.U32)
                    .add("pad", Scalar.U32)
                    .add("name", Scalar.CHAR, 128)
                    .build()),
    SOCKOPT(
            4,
            StructLayout.named("ringwall_event_sockopt")
                    .add("write", Scalar.U32)
                    .add("level", Scalar.U32)
                    .add("optname", Scalar.U32)
                    .add("optlen", Scalar.U32)
                    .add("optval", Scalar.U32)
                    .add("retval", Scalar.U32)
                    .build()),
    UNIX(
            5,
            StructLayout.named("ringwall_event_unix")
                    .add("type", Scalar.U32)
                    .add("pad", Scalar.U32)
                    .add("path", Scalar.CHAR, 112)
                    .build()),
    /** `length` in bytes from the IP header on; `flags` are those of TCP. */
    PACKET(
            6,
            endpoints("ringwall_event_packet")
                    .add("length", Scalar.U32)
                    .add("ifindex", Scalar.U32)
                    .build()),
    /** `event` is the `op` of sock_ops. */
    TCP(
            7,
            endpoints("ringwall_event_tcp")
                    .add("event", Scalar.U32)
                    .add("state", Scalar.U32)
                    .build());

    private final int number;
    private final StructLayout layout;

    EventKind(int number, StructLayout layout) {
        this.number = number;
        this.layout = layout;
    }

    private static StructLayout.Builder endpoints(String name) {
        return StructLayout.named(name)
                .add("remote_ip", Scalar.U8, 16)
                .add("local_ip", Scalar.U8, 16)
                .add("remote_port", Scalar.U16)
                .add("local_port", Scalar.U16)
                .add("proto", Scalar.U16)
                .add("family", Scalar.U8)
                .add("type", Scalar.U8);
    }

    /** Returns the number in {@link EventLayout#HEADER}. */
    public int number() {
        return number;
    }

    /** Returns the struct after the header. */
    public StructLayout layout() {
        return layout;
    }

    public static Optional<EventKind> of(int number) {
        return Arrays.stream(values()).filter(kind -> kind.number == number).findFirst();
    }

    public static EventKind at(Hook hook) {
        return switch (hook.context()) {
            case SOCK, SOCK_ADDR -> hook.is(AddressFamily.UNIX) ? UNIX : SOCKET;
            case SK_BUFF -> PACKET;
            case SOCK_OPS -> TCP;
            case DEVICE -> DEVICE;
            case SYSCTL -> SYSCTL;
            case SOCKOPT -> SOCKOPT;
        };
    }
}
