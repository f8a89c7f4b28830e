// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;

/** The catalogue of all known bypasses, collected from the classes of the single blocks. */
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
                    TranslationBypasses.BYPASSES,
                    HookBypasses.BYPASSES,
                    HostBypasses.BYPASSES)
            .flatMap(List::stream)
            .toList();

    private Catalogue() {}

    public static List<Bypass> bypasses() {
        return BYPASSES;
    }

    /**
     * Returns the blocks that have bypasses: one for each intent, and one for each hook that can
     * deny and belongs to no intent.
     */
    public static List<Block.Target> blocks() {
        return Bypass.targets(List.of(Intent.values()), HookBypasses.HOOKS);
    }

    /** Returns the bypasses of the block of an intent. */
    public static List<Bypass> around(Intent block) {
        return around(new Block.Target.OfIntent(block));
    }

    /** Returns the bypasses of one block. */
    public static List<Bypass> around(Block.Target block) {
        return BYPASSES.stream()
                .filter(bypass -> bypass.around().contains(block))
                .toList();
    }
}
