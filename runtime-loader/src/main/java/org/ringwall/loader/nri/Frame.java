// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.nri;

/**
 * One message of ttrpc, the protocol of containerd, on one of the connections that share a socket.
 *
 * @param connection {@link #PLUGIN} for calls of the runtime, {@link #RUNTIME} for calls of the
 * plugin
 * @param stream the number that a response has in common with its request; odd
 * @param kind what it is
 * @param data at most {@link #LARGEST} bytes
 */
record Frame(int connection, int stream, int kind, byte[] data) {
    /** The connection on which the runtime calls the plugin. */
    static final int PLUGIN = 1;
    /** The connection on which the plugin calls the runtime. */
    static final int RUNTIME = 2;

    static final int REQUEST = 1;
    static final int RESPONSE = 2;

    /** The largest size of the data, in bytes (ttrpc, messageLengthMax). */
    static final int LARGEST = 4 << 20;
}
