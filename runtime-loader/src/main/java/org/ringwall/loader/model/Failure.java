// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.text.Printable;
import org.ringwall.sys.NativeStubException;
import org.ringwall.sys.SyscallException;

/**
 * A failure as a user reads it.
 *
 * @param message what went wrong, in one printable line
 * @param help what to write or do instead, in one printable line
 */
public record Failure(Kind kind, String message, String help) {
    private static final String REPORT = "this is a bug in ringwall; please report it";

    /** Who has to change something. */
    public enum Kind {
        /** The caller: an argument or an object is wrong. */
        INPUT,
        /** The kernel or the host refuses, for example because a capability is missing. */
        REFUSED,
        /** The authors of Ringwall. Please report it. */
        BUG
    }

    /** Creates a failure; characters that a terminal interprets are escaped. */
    public Failure {
        message = Printable.line(message);
        help = Printable.line(help);
    }

    /** Returns the failure; empty for an exception that the loader does not throw. */
    public static Optional<Failure> of(RuntimeException e) {
        if (e instanceof LoaderException ours) {
            return failure(ours.kind(), e, ours.help());
        } else if (e instanceof NativeStubException stub) {
            return failure(Kind.REFUSED, e, stub.help());
        } else if (e instanceof SyscallException call) {
            boolean privilege = call.errno().is(Errno.EPERM) || call.errno().is(Errno.EACCES);
            return failure(Kind.REFUSED, e, privilege ? "run as root" : "see: ringwall status");
        } else if (e instanceof UnsupportedOperationException || e instanceof IllegalStateException) {
            return failure(Kind.BUG, e, REPORT);
        }
        return Optional.empty();
    }

    /** Returns the failure of any exception, where one thing that fails must not end the others. */
    public static Failure ofAny(RuntimeException e) {
        return of(e).orElseGet(
                        () -> new Failure(Kind.BUG, e.getClass().getSimpleName() + ": " + e.getMessage(), REPORT));
    }

    private static Optional<Failure> failure(Kind kind, RuntimeException e, String help) {
        return Optional.of(new Failure(kind, String.valueOf(e.getMessage()), help));
    }
}
