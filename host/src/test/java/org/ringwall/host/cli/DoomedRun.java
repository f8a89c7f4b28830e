// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.nio.file.Path;
import java.util.Arrays;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.loader.fixtures.Doomed;

/**
 * The command `ringwall` in a process that kills itself just before its n-th change. It prints each
 * change before it makes it.
 */
final class DoomedRun {
    private DoomedRun() {}

    /** Arguments: the number of the change, the folder of root's pins, the words of the command. */
    public static void main(String[] args) {
        int killAt = Integer.parseInt(args[0]);
        System.exit(new Ringwall(() -> Doomed.at(killAt, Delegation.host(Path.of(args[1]))), System.out, System.err)
                .execute(Arrays.copyOfRange(args, 2, args.length)));
    }
}
