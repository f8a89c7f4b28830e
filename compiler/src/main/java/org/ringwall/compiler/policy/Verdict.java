// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.ReturnBit;

/** The verdict of a rule, and the meaning that bit 1 of the hook's return value adds to it. */
public sealed interface Verdict {
    /** The call proceeds. */
    record Allow(ReturnBit bit) implements Verdict {
        @Override
        public String toString() {
            return "allow" + suffix(bit);
        }
    }

    /** The call fails with this errno. Packets are dropped, with EPERM as their errno here. */
    record Deny(Errno errno, ReturnBit bit) implements Verdict {
        /** Creates a denial without the bit. */
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

    /** Returns the text with the errno, even if that is EPERM. */
    default String exact() {
        return equals(DENY) ? "deny " + Errno.EPERM : toString();
    }

    /** Returns the meaning of bit 1 of the return value. */
    ReturnBit bit();

    default Verdict with(ReturnBit other) {
        return this instanceof Deny deny ? new Deny(deny.errno(), other) : new Allow(other);
    }

    private static String suffix(ReturnBit bit) {
        return bit == ReturnBit.NONE ? "" : " " + bit.word();
    }
}
