package org.ringwall.compiler.policy;

import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.ReturnBit;

/** What a rule decides, with what bit 1 of the hook's return value adds to it. */
public sealed interface Verdict {
    /** The call goes on. */
    record Allow(ReturnBit bit) implements Verdict {
        @Override
        public String toString() {
            return "allow" + suffix(bit);
        }
    }

    /** The call fails with this errno; packets are dropped without one, as EPERM. */
    record Deny(Errno errno, ReturnBit bit) implements Verdict {
        /** Without the bit. */
        public Deny(Errno errno) {
            this(errno, ReturnBit.NONE);
        }

        @Override
        public String toString() {
            return (errno == Errno.EPERM ? "deny" : "deny " + errno) + suffix(bit);
        }
    }

    /** `allow` without a modifier. */
    Verdict ALLOW = new Allow(ReturnBit.NONE);

    /** `deny` without an errno or a modifier. */
    Verdict DENY = new Deny(Errno.EPERM);

    /** Whether this is `allow`. */
    default boolean allows() {
        return this instanceof Allow;
    }

    /** With its errno, also where that is EPERM. */
    default String exact() {
        return equals(DENY) ? "deny " + Errno.EPERM : toString();
    }

    /** What bit 1 of the return value says. */
    ReturnBit bit();

    /** The same verdict with this bit. */
    default Verdict with(ReturnBit other) {
        return this instanceof Deny deny ? new Deny(deny.errno(), other) : new Allow(other);
    }

    private static String suffix(ReturnBit bit) {
        return bit == ReturnBit.NONE ? "" : " " + bit.word();
    }
}
