// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/** Thrown when the native library cannot be used on this host. Carries what to do about it. */
public final class NativeStubException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String help;

    public NativeStubException(String message, String help) {
        super(message);
        this.help = help;
    }

    /** Returns what to do about it. */
    public String help() {
        return help;
    }
}
