// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;

/**
 * A restriction that an author has in mind, with the hooks that it always needs (docs/semantics.md
 * section 6).
 */
public enum Intent {
    EGRESS(Hook.CONNECT4, Hook.CONNECT6, Hook.SENDMSG4, Hook.SENDMSG6),
    BIND(Hook.BIND4, Hook.BIND6),
    SOCKETS(Hook.SOCK_CREATE),
    DEVICES(Hook.DEVICE),
    SYSCTL(Hook.SYSCTL),
    SOCKOPT(Hook.GETSOCKOPT, Hook.SETSOCKOPT),
    PACKETS_INGRESS(Hook.SKB_INGRESS),
    PACKETS_EGRESS(Hook.SKB_EGRESS);

    private final List<Hook> hooks;

    Intent(Hook... hooks) {
        this.hooks = List.of(hooks);
    }

    /**
     * Returns the hooks that do not depend on the block's content; `egress` with `default deny`
     * adds sock_create.
     */
    public List<Hook> hooks() {
        return hooks;
    }

    /** Returns the words in the text of a policy. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Returns the intent with these words. */
    public static Optional<Intent> named(String text) {
        return Arrays.stream(values())
                .filter(intent -> intent.text().equals(text))
                .findFirst();
    }
}
