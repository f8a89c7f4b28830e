// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.ringwall.host.run.RunCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.testkit.KernelTest;

/** Creation of the cgroup of `run` while other processes remove it. */
@KernelTest
class RunCgroupsKernelTest {
    private static final int ROUNDS = 300;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger removed = new AtomicInteger();

    /** `recover` removes an empty cgroup whose `run` has not locked it yet. */
    @Test
    void aCgroupThatIsRemovedAtOnceIsCreatedAgain() {
        String tag = "run-0-" + ProcessHandle.current().pid();
        try (LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"))) {
            Path own = host.cgroups().own().path();
            CompletableFuture<Void> remover = CompletableFuture.runAsync(() -> remove(own.toFile(), "ringwall-" + tag));
            RunCgroups cgroups = new RunCgroups(host);
            int made = 0;
            for (int round = 0; made < ROUNDS || removed.get() == 0; round++) {
                try {
                    Cgroups.Claimed claimed = cgroups.make(tag + "-" + round);
                    made++;
                    claimed.remove();
                    claimed.close();
                } catch (CgroupException e) {
                    assertThat(e).hasMessage("each new cgroup is removed or locked at once");
                }
            }
            ended.set(true);
            remover.join();
        }
        assertThat(removed.get()).isPositive();
    }

    private void remove(File parent, String prefix) {
        while (!ended.get()) {
            File[] found = parent.listFiles((folder, name) -> name.startsWith(prefix));
            for (File cgroup : found == null ? new File[0] : found) {
                if (cgroup.delete()) {
                    removed.incrementAndGet();
                }
            }
        }
    }
}
