// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.OptionalInt;

/**
 * The permitted access to one or several devices.
 *
 * @param type 1 block or 2 char, as BPF_DEVCG_DEV_*
 * @param major empty for any
 * @param minor empty for any
 * @param access the permitted access as a bit set of BPF_DEVCG_ACC_*
 */
public record DeviceRule(int type, OptionalInt major, OptionalInt minor, int access) {
    public static final int BLOCK = 1;
    public static final int CHAR = 2;
    public static final int MKNOD = 1;
    public static final int READ = 2;
    public static final int WRITE = 4;
    public static final int ALL = MKNOD | READ | WRITE;

    public DeviceRule {
        if (major.isEmpty() && minor.isPresent()) {
            throw new IllegalArgumentException("a minor number belongs to a major one");
        }
    }

    /** Returns a rule for one device. */
    public static DeviceRule of(int type, int major, int minor, int access) {
        return new DeviceRule(type, OptionalInt.of(major), OptionalInt.of(minor), access);
    }

    /** Returns a rule for all devices with a major number. */
    public static DeviceRule anyMinor(int type, int major, int access) {
        return new DeviceRule(type, OptionalInt.of(major), OptionalInt.empty(), access);
    }

    public static DeviceRule any(int type, int access) {
        return new DeviceRule(type, OptionalInt.empty(), OptionalInt.empty(), access);
    }

    /** Returns whether it permits the access of the key. */
    boolean allows(Key.Access key) {
        return key.type() == type
                && (major.isEmpty() || major.getAsInt() == key.major())
                && (minor.isEmpty() || minor.getAsInt() == key.minor())
                && (key.access() & ~access) == 0;
    }

    /** Returns the device in the syntax of policies. */
    String text() {
        return (type == BLOCK ? "block " : "char ")
                + (major.isPresent() ? major.getAsInt() : "*") + ":"
                + (minor.isPresent() ? minor.getAsInt() : "*");
    }

    /** Returns the access letters that follow the verdict in a policy. */
    String letters() {
        return ((access & READ) != 0 ? "r" : "")
                + ((access & WRITE) != 0 ? "w" : "")
                + ((access & MKNOD) != 0 ? "m" : "");
    }
}
