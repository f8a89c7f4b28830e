// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

/**
 * Thrown when a cgroup does not exist or cannot be used as requested. The help says what to do
 * instead.
 */
public final class CgroupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public CgroupException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what to write or do instead. */
    public String help() {
        return help;
    }
}
