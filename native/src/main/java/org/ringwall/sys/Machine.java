// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.util.Optional;

/** A processor architecture with its system call numbers and open flags. */
public enum Machine {
    X86_64(0x10000, "x86_64-Linux", 0x08aced19L),
    AARCH64(0x4000, "aarch64-Linux", 0xa5d97c1bL);

    private final int directoryFlag;
    private final String jffiName;
    private final long jffiChecksum;

    Machine(int directoryFlag, String jffiName, long jffiChecksum) {
        this.directoryFlag = directoryFlag;
        this.jffiName = jffiName;
        this.jffiChecksum = jffiChecksum;
    }

    /**
     * Returns the machine with this name in the {@code os.arch} system property; empty if it is not
     * supported.
     */
    public static Optional<Machine> named(String name) {
        return switch (name) {
            case "amd64", "x86_64" -> Optional.of(X86_64);
            case "aarch64" -> Optional.of(AARCH64);
            default -> Optional.empty();
        };
    }

    /** Returns the machine on which this runs. */
    public static Machine current() {
        String name = System.getProperty("os.arch", "");
        return named(name)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "no system call numbers for the architecture `" + name + "`"));
    }

    /** Returns O_DIRECTORY, which differs: {@code arch/arm64/include/uapi/asm/fcntl.h}. */
    public int directoryFlag() {
        return directoryFlag;
    }

    /** Returns the directory of this machine in the jar of jffi's native libraries. */
    String jffiName() {
        return jffiName;
    }

    /** Returns the CRC-32 of jffi's native library in the version that the build uses. */
    long jffiChecksum() {
        return jffiChecksum;
    }
}
