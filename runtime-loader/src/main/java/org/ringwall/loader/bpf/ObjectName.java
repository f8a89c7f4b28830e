// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.nio.charset.StandardCharsets;

/** The names that the kernel keeps of maps and programs. */
final class ObjectName {
    /** {@code BPF_OBJ_NAME_LEN} without its NUL. */
    private static final int LENGTH = 15;

    private ObjectName() {}

    /**
     * Returns a name that the kernel accepts: 15 characters of `A-Za-z0-9_.`
     * ({@code bpf_obj_name_cpy}).
     */
    static byte[] bytes(String name) {
        String clean = name.replaceAll("[^A-Za-z0-9_.]", "_");
        String cut = clean.length() > LENGTH ? clean.substring(0, LENGTH) : clean;
        return cut.getBytes(StandardCharsets.US_ASCII);
    }
}
