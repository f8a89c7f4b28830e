package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** What a test attempts. */
public sealed interface Probe extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `connect tcp 1.1.1.1:443`, `send udp [::1]:53`, `receive udp 1.1.1.1:53`; the endpoint has a port. */
    record Network(Action action, Name protocol, Endpoint endpoint, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.network(this);
        }

        /** What is done with the address. */
        public enum Action {
            CONNECT,
            SEND,
            BIND,
            RECEIVE,
            PEERNAME,
            SOCKNAME,
            BOUND;

            /** The word that begins the attempt. */
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

    /** `socket inet raw icmp`: the protocol is a name or a number, and 0 where it is left out. */
    record Socket(Name family, Name type, Optional<Value> protocol, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.socket(this);
        }
    }

    /** `close inet stream`: the socket goes; as {@link Socket} otherwise. */
    record Close(Name family, Name type, Optional<Value> protocol, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.close(this);
        }
    }

    /** `open "/dev/null" rw`, `open char 1:3 r`: the device is a {@link Value.Text} or a {@link Value.Device}. */
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

    /** `read "net/ipv4/ip_forward"`, `write "kernel/hostname" = "web"`: what is read has no value here. */
    record Sysctl(Action action, Value.Text name, Optional<Value> value, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.sysctl(this);
        }

        /** What is done with the setting. */
        public enum Action {
            READ,
            WRITE
        }
    }

    /** `getsockopt SO_MARK`, `setsockopt 6:13 = "cubic"`: what is got has no value here. */
    record SocketOption(Action action, Option option, Optional<Value> value, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.socketOption(this);
        }

        /** What is done with the option. */
        public enum Action {
            GET,
            SET;

            /** The word that begins the attempt. */
            public String word() {
                return name().toLowerCase(Locale.ROOT) + "sockopt";
            }
        }

        /** Which option. */
        public sealed interface Option extends Node {
            /** As it is written. */
            String text();
        }

        /** `SO_MARK`; not yet known to exist. */
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

        /** `6:13`: a level and a number within it, both loose integers. */
        public record Numbered(Value.Literal level, Value.Literal number, Span span) implements Option {
            @Override
            public String text() {
                return level.text() + ":" + number.text();
            }
        }
    }

    /**
     * `packet egress udp 8.8.8.8:53 local 10.0.0.1:5353 mark 7`: the first endpoint is the other end. Neither needs a port
     * here, as ICMP has none; the protocol is a name or a number.
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

        /** Which way the packet goes. */
        public enum Direction {
            INGRESS,
            EGRESS;

            /** As written behind `packet`. */
            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** `event active_established 1.1.1.1:443 local 10.0.0.1:5000 mtu 1500`: what happens to a TCP socket. */
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

    /** An address (`[v6]` without its brackets) and a port, both loose literals. */
    record Endpoint(Value.Literal address, Optional<Value.Literal> port, Span span) implements Node {}

    /** `type 8`, `fragment`: one more thing about a packet or an event. */
    record Detail(Name name, Optional<Value> value, Span span) implements Node {}

    /** One answer for each kind of attempt. */
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
