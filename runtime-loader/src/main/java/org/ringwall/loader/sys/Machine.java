// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sys;

import java.util.Optional;

/** A processor architecture with its system call numbers and open flags. */
public enum Machine {
    X86_64(0x10000, "x86_64-Linux", "da12f2b4bbe991c66174536dbf2eb86da6bd5d4dd9d5246a3da3225c85d69049"),
    AARCH64(0x4000, "aarch64-Linux", "33780852d4e49dd69e02254fee8f53e531d5c82ceb0a1679d82d52df390b7b79");

    private final int directoryFlag;
    private final String jffiName;
    private final String jffiDigest;

    Machine(int directoryFlag, String jffiName, String jffiDigest) {
        this.directoryFlag = directoryFlag;
        this.jffiName = jffiName;
        this.jffiDigest = jffiDigest;
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

    /** Returns the SHA-256 of jffi's native library in the version that the build uses. */
    String jffiDigest() {
        return jffiDigest;
    }
}
