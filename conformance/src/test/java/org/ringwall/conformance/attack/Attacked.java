// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import java.util.Map;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.state.Caller;
import org.ringwall.sys.Call;

/** Steps that several attacks share. */
final class Attacked {
    /**
     * A policy that redirects connections to 192.0.2.1 to a proxy, which can read the original
     * destination.
     */
    static final String REDIRECTING = """
            policy led
            answer SO_ORIGINAL_DST
            egress {
              redirect 127.0.0.1:3128 if remote.ip == 192.0.2.1
              default allow
            }
            """;

    private Attacked() {}

    /** Applies a policy with the default values of its params. */
    static Enforced under(ChildCgroup cgroup, String policy) {
        return Enforced.on(cgroup, PolicyObjects.of("attack.wall", policy), Map.of());
    }

    /** Connects one datagram socket `times` times. */
    static Caller.Tally connects(Caller caller, long times, String to) {
        long fd = caller.udp(4);
        byte[] address = Caller.address(to);
        Caller.Tally tally = caller.many(times, Call.CONNECT, fd, address, address.length);
        caller.close(fd);
        return tally;
    }
}
