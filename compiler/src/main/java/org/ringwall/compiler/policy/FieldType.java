package org.ringwall.compiler.policy;

/** The type of a field and of what it is compared with; there are no conversions between them. */
public enum FieldType {
    ADDRESS("an address", 0),
    /** 0..65535. */
    PORT("a port", 0xffffL),
    /** IP protocol number as the socket has it, 0..262 in use. */
    PROTOCOL("a protocol", 0xffff_ffffL),
    SOCKET_TYPE("a socket type", 0xffff_ffffL),
    /** 2 inet or 10 inet6. */
    FAMILY("a family", 0xffff_ffffL),
    /** A user or group id, 0..2^32−1. */
    ID("an id", 0xffff_ffffL),
    /** An unsigned 32-bit number. */
    INT("a number", 0xffff_ffffL),
    /** A cgroup's id, 64 bits: the inode number of its directory. */
    CGROUP("a cgroup", -1L),
    /** A number that the kernel gives to a network namespace or a socket when it is first asked for, 64 bits. */
    COOKIE("a cookie", -1L),
    /** 0..255. */
    BYTE("a number of 8 bits", 0xff),
    /** How a packet came or goes: 0 host, 1 broadcast, 2 multicast, 3 otherhost, 4 outgoing. */
    PACKET_TYPE("a packet type", 0xffff_ffffL),
    DEVICE("a device", 0),
    /** 1 block, 2 char. */
    DEVICE_TYPE("a device type", 0xffffL),
    /** 0 or 1. */
    BOOL("true or false", 1),
    STRING("a string", 0),
    /** A level in the high and a number in the low 32 bits: 64 bits, unsigned. */
    SOCKET_OPTION("a socket option", -1L),
    /** Signed in the kernel, where levels are small; here as unsigned 32 bits. */
    SOCKET_LEVEL("a level", 0xffff_ffffL),
    /** 0 for success, or an errno, 1..4095. */
    ERRNO("an errno", 4095);

    private final String phrase;
    private final long max;

    FieldType(String phrase, long max) {
        this.phrase = phrase;
        this.max = max;
    }

    /** The type in a message, with its article. */
    public String phrase() {
        return phrase;
    }

    /** The largest value of a numeric type, unsigned. */
    public long max() {
        return max;
    }
}
