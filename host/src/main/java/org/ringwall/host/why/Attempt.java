// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.machine.Context;
import org.ringwall.machine.Sysctl;

/**
 * One hook that a system call invokes.
 *
 * @param text what is judged, such as `connect tcp 1.1.1.1:443`
 * @param context the context of the first program
 * @param address the sockaddr of the caller, at hooks of Unix sockets
 * @param sysctl the sysctl that is read or written
 */
public record Attempt(Hook hook, String text, Context context, Optional<Bytes> address, Optional<Sysctl> sysctl) {
    /** Creates an attempt without an address and a sysctl. */
    Attempt(Hook hook, String text, Context context) {
        this(hook, text, context, Optional.empty(), Optional.empty());
    }

    /**
     * Returns this attempt at post_bind with the address and the port that the programs at bind
     * have chosen.
     *
     * @param left the context after those programs
     */
    Attempt after(Context left) {
        boolean four = hook == Hook.POST_BIND4;
        byte[] address = left.field(left.struct().require(four ? "user_ip4" : "user_ip6"));
        long port = left.number("user_port");
        Context bound = context.with(four ? "src_ip4" : "src_ip6", address).with("src_port", port);
        return bound.equals(context) ? this : new Attempt(hook, hook.word() + " " + endpoint(address, port), bound);
    }

    /** Returns an address of 4 or 16 bytes with a port, as in a probe. */
    static String endpoint(byte[] address, long port) {
        List<String> parts = new ArrayList<>();
        if (address.length == Integer.BYTES) {
            for (byte part : address) {
                parts.add(Integer.toString(part & 0xff));
            }
            return String.join(".", parts) + ":" + port;
        }
        ByteBuffer groups = ByteBuffer.wrap(address).order(ByteOrder.BIG_ENDIAN);
        while (groups.hasRemaining()) {
            parts.add(Integer.toHexString(groups.getShort() & 0xffff));
        }
        return "[" + String.join(":", parts) + "]:" + port;
    }
}
