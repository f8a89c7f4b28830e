package org.ringwall.compiler.ast;

import java.util.Optional;
import org.ringwall.compiler.source.Span;

/** What a test attempts. */
public sealed interface Probe extends Node {
    /** Answers each kind. */
    <R> R accept(Visitor<R> visitor);

    /** `connect tcp 1.1.1.1:443`, `send udp [::1]:53`, `bind tcp 0.0.0.0:80`. */
    record Network(Action action, Name protocol, Endpoint endpoint, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.network(this);
        }

        /** What is done with the address. */
        public enum Action {
            CONNECT,
            SEND,
            BIND
        }
    }

    /** `socket inet raw icmp`: the protocol is a name or a number, and 0 where it is left out. */
    record Socket(Name family, Name type, Optional<Value> protocol, Span span) implements Probe {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.socket(this);
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

    /** `read "net/ipv4/ip_forward"`, `write "kernel/hostname"`. */
    record Sysctl(Action action, Value.Text name, Span span) implements Probe {
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

    private static void requireDevice(Value value) {
        if (!(value instanceof Value.Text || value instanceof Value.Device)) {
            throw new IllegalArgumentException("a device is a path or a pair of numbers: " + value.span());
        }
    }

    /** An address (`[v6]` without its brackets) and a port, both loose literals. */
    record Endpoint(Value.Literal address, Value.Literal port, Span span) implements Node {}

    /** One answer for each kind of attempt. */
    interface Visitor<R> {
        R network(Network network);

        R socket(Socket socket);

        R open(Open open);

        R mknod(Mknod mknod);

        R sysctl(Sysctl sysctl);
    }
}
