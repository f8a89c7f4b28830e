package org.ringwall.loader.bpf;

import java.util.Optional;
import org.ringwall.loader.sys.ErrorNumber;

/** The kernel refused something; says what was tried, under which error, and why as far as it told. */
public final class KernelRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ErrorNumber errno;
    private final transient Optional<VerifierLog> log;

    public KernelRefusedException(String tried, ErrorNumber errno) {
        this(tried, errno, Optional.empty());
    }

    public KernelRefusedException(String tried, ErrorNumber errno, Optional<VerifierLog> log) {
        super("the kernel refused to " + tried + " (" + errno.name() + ")"
                + log.map(VerifierLog::summary)
                        .filter(s -> !s.isEmpty())
                        .map(s -> ": " + s)
                        .orElse(""));
        this.errno = errno;
        this.log = log;
    }

    /** The error. */
    public ErrorNumber errno() {
        return errno;
    }

    /** The verifier's words, where a program was refused. */
    public Optional<VerifierLog> log() {
        return log;
    }

    /** What a user can do about it, where that is known. */
    public Optional<String> help() {
        return switch (errno.name()) {
            case "EPERM", "EACCES" ->
                log.flatMap(VerifierLog::reason).isPresent()
                        ? Optional.of(
                                "the program breaks a rule of the verifier; a program made by ringwallc never should")
                        : Optional.of("run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN");
            case "E2BIG" -> Optional.of("a hook of a cgroup takes 64 programs, and a program a bounded size");
            case "ENOLINK" -> Optional.of("the cgroup was removed");
            case "ENOSYS" -> Optional.of("this kernel was built without bpf(2)");
            default -> Optional.empty();
        };
    }
}
