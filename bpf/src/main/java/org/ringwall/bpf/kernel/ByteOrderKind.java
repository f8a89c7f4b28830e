// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** The encoding of the value of a context field. */
public enum ByteOrderKind {
    /** A number in the host's byte order. */
    HOST,
    /** Network byte order over the whole field: an address, or a 16-bit port in a 16-bit field. */
    NETWORK,
    /**
     * A 16-bit number in network byte order that the kernel loads as 16 bits, so that it is in the
     * low half of the host's 32 bits: at the field's own offset on a little-endian host, two bytes
     * after it on a big-endian one. The rest is 0.
     */
    NETWORK_16_IN_32,
    /**
     * A 16-bit number as a 32-bit one in network byte order: the two bytes at the field's offset
     * are 0 on every host.
     */
    NETWORK_32,
    /** A pointer or a packet bound, not a number. */
    POINTER,
    /** Scratch space without a meaning to the kernel. */
    SCRATCH
}
