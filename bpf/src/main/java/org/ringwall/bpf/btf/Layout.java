// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

/** The constants of the encoding (uapi/linux/btf.h). */
final class Layout {
    static final int MAGIC = 0xeb9f;
    static final int VERSION = 1;
    static final int HEADER_BYTES = 24;
    static final int TYPE_BYTES = 12;
    static final int KIND_FLAG = 1 << 31;
    static final int KIND_SHIFT = 24;

    /** The number of members, values or parameters that follow. */
    static final int COUNT_MASK = 0xffff;

    /**
     * Flags, kind and count; the kernel rejects every other bit of the info word (BTF_INFO_MASK).
     */
    static final int INFO_MASK = 0x9f00ffff;

    static final int INT_SIGNED = 1;
    static final int INT_CHAR = 2;
    static final int INT_BOOL = 4;

    private Layout() {}
}
