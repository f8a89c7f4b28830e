// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

/**
 * One message of ttrpc, containerd's RPC protocol, on one of the connections that share a socket.
 *
 * @param connection {@link #PLUGIN} for calls of the runtime, {@link #RUNTIME} for calls of the
 * plugin
 * @param stream the number by which a response refers to its request; odd
 * @param type {@link #REQUEST} or {@link #RESPONSE}
 * @param data at most {@link #MAX_DATA_BYTES} bytes
 */
record TtrpcMessage(int connection, int stream, int type, byte[] data) {
    /** The connection on which the runtime calls the plugin. */
    static final int PLUGIN = 1;
    /** The connection on which the plugin calls the runtime. */
    static final int RUNTIME = 2;

    static final int REQUEST = 1;
    static final int RESPONSE = 2;

    /** The maximum size of the data in bytes (ttrpc, messageLengthMax). */
    static final int MAX_DATA_BYTES = 4 << 20;
}
