package org.ringwall.bpf.btf;

/** The field checks that keep a type without an encoding from existing. */
final class Checks {
    /** The kernel's own bounds are lower (BTF_MAX_TYPE 0xfffff in btf_add_type); vmlinux and module types fit both. */
    static final int MAX_TYPE = 0xfffff;

    /** The member count of a type is 16 bits of its info word. */
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
