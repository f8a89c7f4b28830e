// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Intent;

/** Every bypass of a block that is known. The classes that it is put together from are its tables. */
public final class Catalogue {
    private static final List<Bypass> BYPASSES = Stream.of(
                    EgressBypasses.JUDGED,
                    EgressBypasses.UNJUDGED,
                    GroupBypasses.BYPASSES,
                    BindBypasses.BYPASSES,
                    SocketBypasses.BYPASSES,
                    DeviceBypasses.BYPASSES,
                    SysctlBypasses.BYPASSES,
                    SockoptBypasses.BYPASSES,
                    PacketBypasses.BYPASSES,
                    HostBypasses.BYPASSES)
            .flatMap(List::stream)
            .toList();

    private Catalogue() {}

    /** All ways. */
    public static List<Bypass> bypasses() {
        return BYPASSES;
    }

    /** The bypasses of one block. */
    public static List<Bypass> around(Intent block) {
        return BYPASSES.stream()
                .filter(bypass -> bypass.around().contains(block))
                .toList();
    }
}
