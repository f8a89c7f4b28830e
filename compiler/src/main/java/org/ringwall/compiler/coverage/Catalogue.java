package org.ringwall.compiler.coverage;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Intent;

/** Every way around a block that is known. The classes that it is put together from are its tables. */
public final class Catalogue {
    private static final List<Way> WAYS = Stream.of(
                    EgressWays.JUDGED,
                    EgressWays.UNJUDGED,
                    GroupWays.WAYS,
                    BindWays.WAYS,
                    SocketWays.WAYS,
                    DeviceWays.WAYS,
                    SysctlWays.WAYS,
                    SockoptWays.WAYS,
                    PacketWays.WAYS,
                    HostWays.WAYS)
            .flatMap(List::stream)
            .toList();

    private Catalogue() {}

    /** All ways. */
    public static List<Way> ways() {
        return WAYS;
    }

    /** The ways around one block. */
    public static List<Way> around(Intent block) {
        return WAYS.stream().filter(way -> way.around().contains(block)).toList();
    }
}
