// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import org.ringwall.compiler.cli.RegistryCommands;

/** The commands of this module, which {@code ringwallc} finds as a service. */
public final class OciCommands implements RegistryCommands {
    @Override
    public Object command(String name) {
        return switch (name) {
            case "push" -> new PushCommand();
            case "pull" -> new PullCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }
}
