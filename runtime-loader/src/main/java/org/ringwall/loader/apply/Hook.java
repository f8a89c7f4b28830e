package org.ringwall.loader.apply;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The hooks of docs/abi.md section 1, with {@code enum bpf_prog_type} and {@code enum bpf_attach_type} of the uapi. */
public enum Hook {
    BIND4(List.of("cgroup/bind4"), 18, 8),
    BIND6(List.of("cgroup/bind6"), 18, 9),
    CONNECT4(List.of("cgroup/connect4"), 18, 10),
    CONNECT6(List.of("cgroup/connect6"), 18, 11),
    SENDMSG4(List.of("cgroup/sendmsg4"), 18, 14),
    SENDMSG6(List.of("cgroup/sendmsg6"), 18, 15),
    SOCK_CREATE(List.of("cgroup/sock_create", "cgroup/sock"), 9, 2),
    DEVICE(List.of("cgroup/dev"), 15, 6),
    SYSCTL(List.of("cgroup/sysctl"), 23, 18);

    private final List<String> sections;
    private final int programType;
    private final int attachType;

    Hook(List<String> sections, int programType, int attachType) {
        this.sections = sections;
        this.programType = programType;
        this.attachType = attachType;
    }

    /** The hook that an ELF section of this name is for. */
    public static Optional<Hook> ofSection(String section) {
        return Arrays.stream(values())
                .filter(hook -> hook.sections.contains(section))
                .findFirst();
    }

    /** The hook of this name. */
    public static Optional<Hook> named(String word) {
        return Arrays.stream(values()).filter(hook -> hook.word().equals(word)).findFirst();
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
