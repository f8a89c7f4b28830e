package org.ringwall.compiler.policy;

import org.ringwall.bpf.kernel.Errno;

/** What a rule decides. */
public sealed interface Verdict {
    /** The call goes on. */
    record Allow() implements Verdict {
        @Override
        public String toString() {
            return "allow";
        }
    }

    /** The call fails with this errno. */
    record Deny(Errno errno) implements Verdict {
        @Override
        public String toString() {
            return errno == Errno.EPERM ? "deny" : "deny " + errno;
        }
    }

    /** The one `allow`. */
    Verdict ALLOW = new Allow();

    /** `deny` without an errno. */
    Verdict DENY = new Deny(Errno.EPERM);

    /** Whether this is `allow`. */
    default boolean allows() {
        return this instanceof Allow;
    }
}
