// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Locale;
import org.ringwall.bpf.kernel.Helper;

/** The source of a string, and the helper that copies it into the buffer. */
public enum StringSource {
    /** The name of the sysctl. */
    SYSCTL_NAME(Helper.SYSCTL_GET_NAME),
    /** The current value of the sysctl. */
    SYSCTL_VALUE(Helper.SYSCTL_GET_CURRENT_VALUE),
    /** The value that is written to the sysctl. */
    SYSCTL_NEW_VALUE(Helper.SYSCTL_GET_NEW_VALUE),
    /** The name of the calling task. */
    COMM(Helper.GET_CURRENT_COMM),
    /**
     * The name of the task that created the socket, from the stamp that
     * {@link Intrinsic#LOAD_STAMP} found; no further call is made.
     */
    STAMPED_COMM(Helper.SK_STORAGE_GET),
    /**
     * The path or abstract name of a Unix socket, the latter after `@`. The result is 0 if there is
     * none, negative if the name cannot be represented.
     */
    UNIX_PATH(Helper.PROBE_READ_KERNEL);

    private final Helper helper;

    StringSource(Helper helper) {
        this.helper = helper;
    }

    public Helper helper() {
        return helper;
    }

    /** Returns the word of the printed form. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
