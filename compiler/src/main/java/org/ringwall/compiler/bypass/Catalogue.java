package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Intent;

/** Every way around a block that is known. The classes that it is put together from are its tables. */
public final class Catalogue {
    private static final List<Bypass> WAYS = Stream.of(
                    EgressBypasses.JUDGED,
                    EgressBypasses.UNJUDGED,
                    GroupBypasses.WAYS,
                    BindBypasses.WAYS,
                    SocketBypasses.WAYS,
                    DeviceBypasses.WAYS,
                    SysctlBypasses.WAYS,
                    SockoptBypasses.WAYS,
                    PacketBypasses.WAYS,
                    HostBypasses.WAYS)
            .flatMap(List::stream)
            .toList();

    private Catalogue() {}

    /** All ways. */
    public static List<Bypass> ways() {
        return WAYS;
    }

    /** The ways around one block. */
    public static List<Bypass> around(Intent block) {
        return WAYS.stream().filter(way -> way.around().contains(block)).toList();
    }
}
