// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Optional;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.sys.ErrorNumber;

/**
 * Thrown when the kernel refuses a call. Carries what was tried, the error, and the reason as far
 * as known.
 */
public final class KernelRefusedException extends LoaderException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorNumber errno;
    private final transient Optional<VerifierLog> log;

    public KernelRefusedException(String tried, ErrorNumber errno) {
        this(tried, errno, Optional.empty());
    }

    public KernelRefusedException(String tried, ErrorNumber errno, Optional<VerifierLog> log) {
        this(tried, errno, log, Optional.empty());
    }

    /**
     * Creates the exception.
     *
     * @param tooMuch the meaning of E2BIG for what was tried, since the error itself only says that
     *     something is too large
     */
    public KernelRefusedException(
            String tried, ErrorNumber errno, Optional<VerifierLog> log, Optional<String> tooMuch) {
        super(
                Failure.Kind.REFUSED,
                "the kernel refused to " + tried + " (" + errno.name() + ")"
                        + log.map(VerifierLog::summary)
                                .filter(s -> !s.isEmpty())
                                .map(s -> ": " + s)
                                .orElse(""),
                help(errno, log, tooMuch));
        this.errno = errno;
        this.log = log;
    }

    public ErrorNumber errno() {
        return errno;
    }

    /** Returns the verifier's log, if a program was refused. */
    public Optional<VerifierLog> log() {
        return log;
    }

    private static String help(ErrorNumber errno, Optional<VerifierLog> log, Optional<String> tooMuch) {
        String unknown = "see: dmesg, and docs/abi.md";
        return switch (errno.name()) {
            case "EPERM", "EACCES" ->
                log.flatMap(VerifierLog::reason).isPresent()
                        ? "the verifier rejected the program; if ringwallc compiled it, please report this"
                        : "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN";
            case "E2BIG" -> tooMuch.orElse(unknown);
            case "ENOLINK" -> "the cgroup was removed";
            case "ENOSYS" -> "this kernel was built without bpf(2)";
            default -> unknown;
        };
    }
}
