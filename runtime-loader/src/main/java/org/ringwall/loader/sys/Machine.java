package org.ringwall.loader.sys;

import java.util.Optional;

/** A processor architecture whose system call numbers and open flags are known here. */
public enum Machine {
    X86_64(0x10000),
    AARCH64(0x4000);

    private final int directoryFlag;

    Machine(int directoryFlag) {
        this.directoryFlag = directoryFlag;
    }

    /** The machine with this name in the {@code os.arch} system property. */
    public static Optional<Machine> named(String name) {
        return switch (name) {
            case "amd64", "x86_64" -> Optional.of(X86_64);
            case "aarch64" -> Optional.of(AARCH64);
            default -> Optional.empty();
        };
    }

    /** The machine this runs on. */
    public static Machine current() {
        String name = System.getProperty("os.arch", "");
        return named(name)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "no system call numbers for the architecture `" + name + "`"));
    }

    /** O_DIRECTORY, which differs: {@code arch/arm64/include/uapi/asm/fcntl.h}. */
    public int directoryFlag() {
        return directoryFlag;
    }
}
