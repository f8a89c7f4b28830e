package org.ringwall.compiler.request;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;

/** One question that the kernel asks at one hook. Ports are host order; numbers are unsigned. */
public sealed interface Request {
    /** The hook at which it is asked. */
    Hook hook();

    /** Who asks. */
    Actor actor();

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);

    /** What another package does with a request. */
    interface Visitor<R> {
        R atAddress(AtAddress request);

        R makeSocket(MakeSocket request);

        R touchDevice(TouchDevice request);

        R touchSysctl(TouchSysctl request);
    }

    /** connect4/6, sendmsg4/6, bind4/6. `address` is v4 exactly at the `4` hooks. */
    record AtAddress(Hook hook, RawAddress address, int port, int protocol, int type, Actor actor) implements Request {
        public AtAddress {
            boolean v4 = hook.word().endsWith("4");
            if (hook.context() != ContextStruct.SOCK_ADDR || v4 != address.isV4()) {
                throw new IllegalArgumentException(hook.word() + " does not carry " + address);
            }
            if (port < 0 || port > 0xffff) {
                throw new IllegalArgumentException("no port " + port);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atAddress(this);
        }
    }

    /** sock_create. `family` is 2 or 10. */
    record MakeSocket(int family, int type, int protocol, long mark, long priority, long boundIf, Actor actor)
            implements Request {
        @Override
        public Hook hook() {
            return Hook.SOCK_CREATE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.makeSocket(this);
        }
    }

    /** device. `type` is 1 block or 2 char. */
    record TouchDevice(int type, long major, long minor, Set<Access> access, Actor actor) implements Request {
        public TouchDevice {
            access = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(access));
        }

        @Override
        public Hook hook() {
            return Hook.DEVICE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.touchDevice(this);
        }
    }

    /** sysctl. `name` is the path below /proc/sys. */
    record TouchSysctl(String name, boolean write, Actor actor) implements Request {
        @Override
        public Hook hook() {
            return Hook.SYSCTL;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.touchSysctl(this);
        }
    }

    /** One bit of a device access, in the order in which they are decided. */
    enum Access {
        READ(2),
        WRITE(4),
        MKNOD(1);

        private final int bit;

        Access(int bit) {
            this.bit = bit;
        }

        /** The kernel's BPF_DEVCG_ACC_ bit. */
        public int bit() {
            return bit;
        }

        /** `r`, `w` or `m`. */
        public char letter() {
            return name().toLowerCase(Locale.ROOT).charAt(0);
        }
    }
}
