// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** An attempt in a test. */
public sealed interface Probe extends Node {
    /** Calls the visitor's method for this kind of attempt. */
    <R> R accept(Visitor<R> visitor);

    /**
     * `connect tcp 1.1.1.1:443`, `send udp [::1]:53`, `receive udp 1.1.1.1:53`; the endpoint has a
     * port.
     */
    record Network(Action action, Name protocol, Endpoint endpoint, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.network(this);
        }

        /** The action on the address. */
        public enum Action {
            CONNECT,
            SEND,
            BIND,
            RECEIVE,
            PEERNAME,
            SOCKNAME,
            BOUND;

            /** Returns the word that begins the attempt. */
            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** `connect unix "/run/x.sock"`; a path that begins with `@` is an abstract address. */
    record UnixAddress(Network.Action action, Value.Text path, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.unixAddress(this);
        }
    }

    /** `socket inet raw icmp`: the protocol is a name or a number, and 0 if left out. */
    record Socket(Name family, Name type, Optional<Value> protocol, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.socket(this);
        }
    }

    /** `close inet stream`: the socket is released; otherwise like {@link Socket}. */
    record Close(Name family, Name type, Optional<Value> protocol, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.close(this);
        }
    }

    /**
     * `open "/dev/null" rw`, `open char 1:3 r`: the device is a {@link Value.Text} or a
     * {@link Value.Device}.
     */
    record Open(Value device, Name access, Span span) implements Probe {
        public Open {
            requireDevice(device);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.open(this);
        }
    }

    /** `mknod char 1:3`: the device is a {@link Value.Text} or a {@link Value.Device}. */
    record Mknod(Value device, Span span) implements Probe {
        public Mknod {
            requireDevice(device);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.mknod(this);
        }
    }

    /** `read "net/ipv4/ip_forward"`, `write "kernel/hostname" = "web"`: a read has no value. */
    record Sysctl(Action action, Value.Text name, Optional<Value> value, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.sysctl(this);
        }

        /** The action on the sysctl. */
        public enum Action {
            READ,
            WRITE
        }
    }

    /** `getsockopt SO_MARK`, `setsockopt 6:13 = "cubic"`: a getsockopt has no value. */
    record SocketOption(Action action, Option option, Optional<Value> value, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.socketOption(this);
        }

        /** The action on the option. */
        public enum Action {
            GET,
            SET;

            /** Returns the word that begins the attempt. */
            public String word() {
                return name().toLowerCase(Locale.ROOT) + "sockopt";
            }
        }

        /** The option. */
        public sealed interface Option extends Node {
            /** Returns the option as written. */
            String text();
        }

        /** `SO_MARK`. Whether it exists has not been checked. */
        public record Named(Name name) implements Option {
            @Override
            public String text() {
                return name.text();
            }

            @Override
            public Span span() {
                return name.span();
            }
        }

        /** `6:13`: a level and a number within it, both unchecked integers. */
        public record Numbered(Value.Literal level, Value.Literal number, Span span) implements Option {
            @Override
            public String text() {
                return level.text() + ":" + number.text();
            }
        }
    }

    /**
     * `packet egress udp 8.8.8.8:53 local 10.0.0.1:5353 mark 7`: the first endpoint is the remote
     * end. Ports are optional here, because ICMP has none; the protocol is a name or a number.
     */
    record Packet(
            Direction direction,
            Value protocol,
            Endpoint remote,
            Optional<Endpoint> local,
            List<Detail> details,
            Span span)
            implements Probe {
        public Packet {
            details = List.copyOf(details);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.packet(this);
        }

        /** The direction of the packet. */
        public enum Direction {
            INGRESS,
            EGRESS;

            /** Returns the word after `packet`. */
            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /**
     * `event active_established 1.1.1.1:443 local 10.0.0.1:5000 mtu 1500`: an event of a TCP
     * socket.
     */
    record Event(Name name, Endpoint remote, Optional<Endpoint> local, List<Detail> details, Span span)
            implements Probe {
        public Event {
            details = List.copyOf(details);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.event(this);
        }
    }

    private static void requireDevice(Value value) {
        if (!(value instanceof Value.Text || value instanceof Value.Device)) {
            throw new IllegalArgumentException("a device is a path or a pair of numbers: " + value.span());
        }
    }

    /** An address (`[v6]` without its brackets) and a port, both unchecked literals. */
    record Endpoint(Value.Literal address, Optional<Value.Literal> port, Span span) implements Node {}

    /** `type 8`, `fragment`: a further property of a packet or an event. */
    record Detail(Name name, Optional<Value> value, Span span) implements Node {}

    /** An operation on attempts of any kind. */
    interface Visitor<R> {
        R network(Network network);

        R unixAddress(UnixAddress address);

        R socket(Socket socket);

        R close(Close close);

        R open(Open open);

        R mknod(Mknod mknod);

        R sysctl(Sysctl sysctl);

        R socketOption(SocketOption option);

        R packet(Packet packet);

        R event(Event event);
    }
}
