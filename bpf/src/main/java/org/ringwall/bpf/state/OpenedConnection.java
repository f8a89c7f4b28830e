// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;

/**
 * A mark of sockets whose connection a policy has seen established, in socket storage, so that the
 * connection counts when it is closed. All generations of a policy share the map: the layout never
 * changes, and a generation that closes a connection leaves the mark for the others. The next
 * connect of the socket removes it.
 */
public final class OpenedConnection {
    /** `syn` is 1 if `bytes_acked` counts the SYN of this end, else 0. */
    public static final StructLayout LAYOUT = StructLayout.named("ringwall_opened")
            .add("syn", StructLayout.Scalar.U64)
            .build();

    /** The storage. Accepted sockets do not inherit it. */
    public static final MapDeclaration MAP =
            MapDeclaration.ofSockets(StateNames.OPENED, MapFlag.NO_PREALLOC.bit(), LAYOUT);

    private OpenedConnection() {}
}
