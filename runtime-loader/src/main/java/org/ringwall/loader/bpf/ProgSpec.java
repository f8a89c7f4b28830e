// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.sys.Fd;

/**
 * A program to load.
 *
 * @param type {@code enum bpf_prog_type}
 * @param attachType {@code enum bpf_attach_type}, which the kernel checks when it creates a link
 * @param flags {@code BPF_F_*} of BPF_PROG_LOAD
 * @param insns encoded slots in host byte order, with maps by descriptor
 * @param attachFunction the id in the kernel's types of the function to which a program of type
 *     TRACING belongs; 0 for others
 */
public record ProgSpec(
        String name,
        int type,
        int attachType,
        int flags,
        Bytes insns,
        String license,
        Optional<DebugInfo> debug,
        int attachFunction) {
    /** BPF_PROG_TYPE_TRACING, and BPF_TRACE_ITER as its attach type. */
    private static final int TYPE_TRACING = 26;

    private static final int TRACE_ITER = 28;

    /**
     * BPF_PROG_TYPE_SYSCALL, which accepts any context of up to 64 KiB and therefore serves as an
     * oracle in tests.
     */
    public static final int TYPE_SYSCALL = 31;

    /** BPF_F_SLEEPABLE, which programs of type SYSCALL must have. */
    public static final int SLEEPABLE = 1 << 4;

    public ProgSpec {
        if (insns.size() == 0 || insns.size() % 8 != 0) {
            throw new IllegalArgumentException("a program is one or more slots of 8 bytes");
        }
    }

    /** Creates a program that belongs to no function of the kernel. */
    public ProgSpec(
            String name, int type, int attachType, int flags, Bytes insns, String license, Optional<DebugInfo> debug) {
        this(name, type, attachType, flags, insns, license, debug, 0);
    }

    /** Returns a program of an iterator, such as `bpf_iter_tcp`. */
    public static ProgSpec iterator(String name, int function, Bytes insns) {
        return new ProgSpec(name, TYPE_TRACING, TRACE_ITER, 0, insns, "GPL", Optional.empty(), function);
    }

    /** Returns a program without type information. */
    public static ProgSpec plain(String name, int type, int attachType, Bytes insns) {
        return new ProgSpec(name, type, attachType, 0, insns, "GPL", Optional.empty());
    }

    /**
     * Function and line information in the kernel's format: arrays of equal records in host byte
     * order.
     */
    public record DebugInfo(Fd btf, int funcRecordSize, Bytes funcs, int lineRecordSize, Bytes lines) {
        public DebugInfo {
            if (funcRecordSize <= 0 || lineRecordSize <= 0) {
                throw new IllegalArgumentException("records have a size");
            }
        }
    }
}
