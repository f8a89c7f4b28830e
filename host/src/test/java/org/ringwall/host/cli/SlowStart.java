// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.sys.Call;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/** The command with a loader that opens its child late, as on a machine with much load. */
final class SlowStart {
    /** How long the loader takes to open a process. */
    private static final long DELAY_MS = 1_000;

    private SlowStart() {}

    public static void main(String[] args) {
        Syscalls machine = Syscalls.ofThisMachine();
        Host host = new Host((call, a, b, c, d, e, f) -> {
            if (call == Call.PIDFD_OPEN) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(DELAY_MS));
            }
            return machine.once(call, a, b, c, d, e, f);
        });
        Ringwall ringwall = new Ringwall(
                () -> new LoaderHost(
                        new KernelBpf(machine),
                        new BpffsPins(BpffsPins.MOUNT.resolve("ringwall"), host),
                        KernelCgroups.ofThisMachine(host),
                        host),
                System.out,
                System.err);
        System.exit(ringwall.execute(args));
    }

    /** Returns the command in a separate process. */
    static Spawned ringwall(String... args) throws IOException {
        List<String> words = Spawned.words(args).stream()
                .map(word -> word.equals(Main.class.getName()) ? SlowStart.class.getName() : word)
                .toList();
        return new Spawned(new ProcessBuilder(words).redirectErrorStream(true).start());
    }
}
