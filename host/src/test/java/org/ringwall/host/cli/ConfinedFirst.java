// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import org.ringwall.host.delegation.Confinement;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.sys.Syscalls;

/**
 * A program that confines a shell script in its own cgroup, and has started no process before. So
 * Java makes its thread "process reaper" from the confined thread.
 */
final class ConfinedFirst {
    private ConfinedFirst() {}

    public static void main(String[] args) throws InterruptedException {
        try (LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"))) {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", args[0]).inheritIO();
            Process process = new Confinement(Syscalls.ofThisMachine())
                    .start(host.cgroups().own(), builder::start);
            System.exit(process.waitFor());
        }
    }
}
