// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

/** Field checks that reject types without an encoding. */
final class Checks {
    /** The maximum number of types (BTF_MAX_TYPE 0xfffff in btf_add_type). */
    static final int MAX_TYPE = 0xfffff;

    /** The maximum number of members, 16 bits of the info word. */
    static final int MAX_MEMBERS = 0xffff;

    private Checks() {}

    static void that(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    static void id(int type) {
        that(type >= 0 && type <= MAX_TYPE, "type id out of range");
    }

    static void count(int members) {
        that(members <= MAX_MEMBERS, "more than 65535 members");
    }

    static void unsigned(long value) {
        that(value >>> 32 == 0, "value does not fit 32 bits");
    }
}
