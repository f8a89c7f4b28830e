// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

/**
 * The type of a field and of the values that it is compared with. There are no conversions between
 * types.
 */
public enum FieldType {
    ADDRESS("an address", 0),
    /** 0..65535. */
    PORT("a port", 0xffffL),
    /** The IP protocol number of the socket; 0..262 are in use. */
    PROTOCOL("a protocol", 0xffff_ffffL),
    SOCKET_TYPE("a socket type", 0xffff_ffffL),
    /** 2 for inet or 10 for inet6. */
    FAMILY("a family", 0xffff_ffffL),
    /** A user or group id, 0..2^32−1. */
    ID("an id", 0xffff_ffffL),
    /** An unsigned 32-bit number. */
    INT("a number", 0xffff_ffffL),
    /** An unsigned 64-bit number. */
    LONG("a number of 64 bits", -1L),
    /**
     * The number that the kernel reads from a text, 32 bits unsigned. It is no value of the
     * context, so no param, live set or key has this type.
     */
    NUMERAL("the number of a text", 0xffff_ffffL),
    /** A cgroup id, 64 bits: the inode number of its directory. */
    CGROUP("a cgroup", -1L),
    /**
     * A 64-bit number that the kernel assigns to a network namespace or a socket when it is first
     * read.
     */
    COOKIE("a cookie", -1L),
    /** 0..255. */
    BYTE("a number of 8 bits", 0xff),
    /** The packet type: 0 host, 1 broadcast, 2 multicast, 3 otherhost, 4 outgoing. */
    PACKET_TYPE("a packet type", 0xffff_ffffL),
    DEVICE("a device", 0),
    /** 1 for block, 2 for char. */
    DEVICE_TYPE("a device type", 0xffffL),
    /** 0 or 1. */
    BOOL("true or false", 1),
    STRING("a string", 0),
    /** The level in the high and the number in the low 32 bits: 64 bits, unsigned. */
    SOCKET_OPTION("a socket option", -1L),
    /** Signed in the kernel, where levels are small; unsigned 32 bits here. */
    SOCKET_LEVEL("a level", 0xffff_ffffL),
    /** 0 for success, or an errno, 1..4095. */
    ERRNO("an errno", 4095);

    private final String phrase;
    private final long max;

    FieldType(String phrase, long max) {
        this.phrase = phrase;
        this.max = max;
    }

    /** Returns the type for messages, with an article. */
    public String phrase() {
        return phrase;
    }

    /** Returns the greatest value of a numeric type, unsigned. */
    public long max() {
        return max;
    }
}
