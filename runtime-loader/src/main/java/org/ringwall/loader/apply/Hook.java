package org.ringwall.loader.apply;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The hooks of docs/abi.md section 1, with {@code enum bpf_prog_type} and {@code enum bpf_attach_type} of the uapi. */
public enum Hook {
    BIND4("cgroup/bind4", 18, 8),
    BIND6("cgroup/bind6", 18, 9),
    CONNECT4("cgroup/connect4", 18, 10),
    CONNECT6("cgroup/connect6", 18, 11),
    SENDMSG4("cgroup/sendmsg4", 18, 14),
    SENDMSG6("cgroup/sendmsg6", 18, 15),
    SOCK_CREATE("cgroup/sock_create", 9, 2),
    DEVICE("cgroup/dev", 15, 6),
    SYSCTL("cgroup/sysctl", 23, 18);

    private final String section;
    private final int programType;
    private final int attachType;

    Hook(String section, int programType, int attachType) {
        this.section = section;
        this.programType = programType;
        this.attachType = attachType;
    }

    /** The hook that an ELF section of this name is for. */
    public static Optional<Hook> ofSection(String section) {
        return Arrays.stream(values())
                .filter(hook -> hook.section.equals(section))
                .findFirst();
    }

    /** The hook of this name. */
    public static Optional<Hook> named(String word) {
        return Arrays.stream(values()).filter(hook -> hook.word().equals(word)).findFirst();
    }

    /** The ELF section of its programs. */
    public String section() {
        return section;
    }

    /** Its name in pins and messages. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code enum bpf_prog_type}. */
    public int programType() {
        return programType;
    }

    /** {@code enum bpf_attach_type}. */
    public int attachType() {
        return attachType;
    }
}
