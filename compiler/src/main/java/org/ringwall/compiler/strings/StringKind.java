// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.strings;

/**
 * The properties of a string at a hook (docs/semantics.md section 3).
 *
 * @param limit the maximum number of bytes that are known
 * @param cut whether the string can be longer than that
 * @param line whether one newline at its end is ignored
 * @param mayBeAbsent whether a request may have no such string
 * @param mayBeUnknown whether the string may exist without any byte of it known
 */
public record StringKind(int limit, boolean cut, boolean line, boolean mayBeAbsent, boolean mayBeUnknown) {
    /** The name of a sysctl. */
    public static final StringKind SYSCTL_NAME = new StringKind(255, true, false, false, false);

    /** The current value of a sysctl. */
    public static final StringKind SYSCTL_VALUE = new StringKind(255, true, true, false, true);

    /** The value that is written to a sysctl. */
    public static final StringKind SYSCTL_NEW_VALUE = new StringKind(255, true, true, true, true);

    /** The name of a task: TASK_COMM_LEN in include/linux/sched.h, less the final NUL. */
    public static final StringKind COMM = new StringKind(15, false, false, false, false);

    /** The path or abstract name of a Unix socket: sun_path of struct sockaddr_un. */
    public static final StringKind UNIX_PATH = new StringKind(108, false, false, true, true);
}
