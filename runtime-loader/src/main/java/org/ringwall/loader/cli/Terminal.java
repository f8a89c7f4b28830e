// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The controlling terminal of this process. */
final class Terminal {
    /** Indices of fields after the name in parentheses of `/proc/self/stat` (proc_pid_stat(5)). */
    private static final int GROUP = 2;

    private static final int FOREGROUND = 5;

    private Terminal() {}

    /**
     * Returns whether this process is in the terminal's foreground group, to which the terminal
     * sends its signals.
     */
    static boolean isOurs() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            return fields.get(GROUP).equals(fields.get(FOREGROUND));
        } catch (IOException e) {
            return false;
        }
    }
}
