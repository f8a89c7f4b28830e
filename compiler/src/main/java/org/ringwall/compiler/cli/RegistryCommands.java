// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.util.ServiceLoader;

/**
 * The commands that need an OCI registry. The module {@code registry} provides them, because its
 * libraries are twice as large as the compiler. It is on the class path only for these commands,
 * and looked up only for them.
 */
public interface RegistryCommands {
    /**
     * Returns a command that picocli can run.
     *
     * @param name {@code push} or {@code pull}
     */
    Object command(String name);

    /** Returns a command of the module, or one that reports that the module is missing. */
    static Object named(String name) {
        return ServiceLoader.load(RegistryCommands.class)
                .findFirst()
                .map(commands -> commands.command(name))
                .orElseGet(() -> MissingCommand.named(name));
    }
}
