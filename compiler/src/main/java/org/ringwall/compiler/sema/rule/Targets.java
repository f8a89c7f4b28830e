// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block.Target;

/** The hooks of a block (docs/semantics.md sections 1 and 6). */
public final class Targets {
    private Targets() {}

    /**
     * Returns the first hook, which determines the fields: all hooks of an intent have the same.
     */
    private static Hook hook(Target target) {
        return target instanceof Target.OfIntent intent
                ? intent.intent().hooks().get(0)
                : ((Target.OfHook) target).hook();
    }

    static boolean isDevices(Target target) {
        return hook(target) == Hook.DEVICE;
    }

    public static List<String> hookWords() {
        return Arrays.stream(Hook.values()).map(Hook::word).toList();
    }
}
