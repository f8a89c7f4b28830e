// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The standard output of this process, and its place in the session of its terminal. */
public final class Terminal {
    /** Indices of fields after the name in parentheses of `/proc/self/stat` (proc_pid_stat(5)). */
    private static final int PARENT = 1;

    private static final int GROUP = 2;
    private static final int SESSION = 3;

    private static final String STANDARD_OUTPUT = "/proc/self/fd/1";

    private Terminal() {}

    /**
     * Returns whether text on a stream may have colours: it is a terminal, and the user has set
     * neither NO_COLOR (no-color.org) nor TERM to `dumb`.
     */
    public static boolean hasColours(PrintStream out) {
        boolean refused = !System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
                || System.getenv().getOrDefault("TERM", "dumb").equals("dumb");
        if (refused || !SafeOutput.of(out).unescaped().equals(System.out)) {
            return false;
        }
        try {
            String file = Files.readSymbolicLink(Path.of(STANDARD_OUTPUT)).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the parent of a process; 0 if there is none. */
    static long parent(long pid) {
        return field(Long.toString(pid), PARENT);
    }

    /**
     * Returns whether no process of this session could continue this process group if it stopped:
     * the first ancestor of another group is of another session (setpgid(2), "orphaned").
     */
    public static boolean isOrphaned() {
        long group = field("self", GROUP);
        long ancestor = field("self", PARENT);
        while (ancestor > 0 && field(Long.toString(ancestor), GROUP) == group) {
            ancestor = parent(ancestor);
        }
        return ancestor == 0 || field(Long.toString(ancestor), SESSION) != field("self", SESSION);
    }

    private static long field(String process, int index) {
        try {
            String stat = Files.readString(Path.of("/proc", process, "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[index]);
        } catch (IOException e) {
            return 0;
        }
    }
}
