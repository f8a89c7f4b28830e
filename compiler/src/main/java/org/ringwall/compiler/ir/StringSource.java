package org.ringwall.compiler.ir;

import java.util.Locale;
import org.ringwall.bpf.kernel.Helper;

/** What writes a string into a buffer: a helper, which is named. */
public enum StringSource {
    /** The name of the sysctl. */
    SYSCTL_NAME(Helper.SYSCTL_GET_NAME),
    /** What the sysctl holds. */
    SYSCTL_VALUE(Helper.SYSCTL_GET_CURRENT_VALUE),
    /** What is written to the sysctl. */
    SYSCTL_NEW_VALUE(Helper.SYSCTL_GET_NEW_VALUE),
    /** The name of the task. */
    COMM(Helper.GET_CURRENT_COMM),
    /** The name of the task that made the socket, of the stamp that {@link Instruction.LoadStamp} has found: nothing is called again. */
    STAMPED_COMM(Helper.SK_STORAGE_GET),
    /**
     * The path or the abstract name of a Unix socket, the latter behind `@`: 0 if there is none, negative if there is one that
     * cannot be written so.
     */
    UNIX_PATH(Helper.PROBE_READ_KERNEL);

    private final Helper helper;

    StringSource(Helper helper) {
        this.helper = helper;
    }

    /** The helper that is called. */
    public Helper helper() {
        return helper;
    }

    /** The word of the printed form. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
