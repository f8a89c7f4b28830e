package org.ringwall.compiler.strings;

/**
 * How a hook gives a string (docs/semantics.md section 3).
 *
 * @param limit how many bytes of it are known at most
 * @param cut whether it can be longer than that
 * @param line whether one newline at its end does not count
 * @param mayBeAbsent whether a request may have none
 * @param mayBeUnknown whether it may be there and no byte of it known
 */
public record StringKind(int limit, boolean cut, boolean line, boolean mayBeAbsent, boolean mayBeUnknown) {
    /** The name of a sysctl. */
    public static final StringKind SYSCTL_NAME = new StringKind(255, true, false, false, false);

    /** What a sysctl holds. */
    public static final StringKind SYSCTL_VALUE = new StringKind(255, true, true, false, true);

    /** What is written to a sysctl. */
    public static final StringKind SYSCTL_NEW_VALUE = new StringKind(255, true, true, true, true);

    /** The name of a task: TASK_COMM_LEN in include/linux/sched.h, less the final NUL. */
    public static final StringKind COMM = new StringKind(15, false, false, false, false);

    /** The path or the abstract name of a unix socket: sun_path of struct sockaddr_un. */
    public static final StringKind UNIX_PATH = new StringKind(108, false, false, true, true);
}
