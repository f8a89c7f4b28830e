// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * The constants of `.BTF.ext` (libbpf: struct btf_ext_header, bpf_func_info_min, bpf_line_info_min,
 * bpf_core_relo).
 */
final class ExtInfo {
    static final int MAGIC = 0xeb9f;
    static final int HEADER_BYTES = 32;

    /** The size of a header without the CO-RE fields. */
    static final int SHORT_HEADER_BYTES = 24;

    static final int FUNC_BYTES = 8;
    static final int LINE_BYTES = 16;
    static final int CORE_BYTES = 16;
    static final int COLUMN_BITS = 10;

    private ExtInfo() {}
}
