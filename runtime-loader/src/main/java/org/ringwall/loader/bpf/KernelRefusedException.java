// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Optional;
import org.ringwall.sys.ErrorNumber;

/**
 * Thrown when the kernel refuses a call. Carries what was tried, the error, and the reason as far
 * as known.
 */
public final class KernelRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorNumber errno;
    private final transient Optional<VerifierLog> log;
    private final transient Optional<String> tooMuch;

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
        super("the kernel refused to " + tried + " (" + errno.name() + ")"
                + log.map(VerifierLog::summary)
                        .filter(s -> !s.isEmpty())
                        .map(s -> ": " + s)
                        .orElse(""));
        this.errno = errno;
        this.log = log;
        this.tooMuch = tooMuch;
    }

    public ErrorNumber errno() {
        return errno;
    }

    /** Returns the verifier's log, if a program was refused. */
    public Optional<VerifierLog> log() {
        return log;
    }

    /** Returns what a user can do about it, if known. */
    public Optional<String> help() {
        return switch (errno.name()) {
            case "EPERM", "EACCES" ->
                log.flatMap(VerifierLog::reason).isPresent()
                        ? Optional.of("the verifier rejected the program; if ringwallc compiled it, please report this")
                        : Optional.of("run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN");
            case "E2BIG" -> tooMuch;
            case "ENOLINK" -> Optional.of("the cgroup was removed");
            case "ENOSYS" -> Optional.of("this kernel was built without bpf(2)");
            default -> Optional.empty();
        };
    }
}
