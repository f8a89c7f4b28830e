// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupException;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.state.EntryException;
import org.ringwall.sys.NativeStubException;
import org.ringwall.sys.SyscallException;

/**
 * The message of an exception of the loader, for users.
 *
 * @param message what went wrong, in one printable line
 * @param help what to write or do instead, in one printable line
 */
public record Failure(Kind kind, String message, String help) {
    /** Who has to change something. */
    public enum Kind {
        /** The caller: an argument is wrong. */
        INPUT,
        /** The kernel or the host refuses. */
        REFUSED,
        /** The authors of the loader. */
        BUG
    }

    /** Returns the failure; empty for an exception that the loader does not throw. */
    public static Optional<Failure> of(RuntimeException e) {
        if (e instanceof BatchException batch) {
            return Optional.of(batch.failure());
        } else if (e instanceof InputException input) {
            return failure(Kind.INPUT, e, input.help());
        } else if (e instanceof EntryException entry) {
            return failure(Kind.INPUT, e, entry.help());
        } else if (e instanceof CgroupException cgroup) {
            return failure(Kind.REFUSED, e, cgroup.help());
        } else if (e instanceof HostException host) {
            return failure(Kind.REFUSED, e, host.help());
        } else if (e instanceof NativeStubException stub) {
            return failure(Kind.REFUSED, e, stub.help());
        } else if (e instanceof KernelRefusedException kernel) {
            return failure(Kind.REFUSED, e, kernel.help().orElse("see: dmesg, and docs/abi.md"));
        } else if (e instanceof SyscallException call) {
            boolean privilege = call.errno().is(Errno.EPERM) || call.errno().is(Errno.EACCES);
            return failure(Kind.REFUSED, e, privilege ? "run as root" : "see: ringwall status");
        } else if (e instanceof UnsupportedOperationException || e instanceof IllegalStateException) {
            return failure(Kind.BUG, e, "this is a bug in ringwall; please report it");
        }
        return Optional.empty();
    }

    /** Returns the failure of any exception, where one thing that fails must not end the others. */
    public static Failure ofAny(RuntimeException e) {
        return of(e).orElseGet(() -> new Failure(
                Kind.BUG,
                Printable.line(e.getClass().getSimpleName() + ": " + e.getMessage()),
                "this is a bug in ringwall; please report it"));
    }

    /** Returns whether the caller has to change something. */
    public boolean isInput() {
        return kind == Kind.INPUT;
    }

    private static Optional<Failure> failure(Kind kind, RuntimeException e, String help) {
        return Optional.of(new Failure(kind, Printable.line(String.valueOf(e.getMessage())), Printable.line(help)));
    }
}
