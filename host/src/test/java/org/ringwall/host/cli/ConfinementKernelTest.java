// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** Threads of the loader that have the restrictions of its confined command. */
@KernelTest
class ConfinementKernelTest {
    /**
     * Opening `mem` needs the permission to trace the thread (PTRACE_MODE_ATTACH). The thread of
     * the loader that started the command has ended after a second.
     */
    private static final String OPEN = """
            sleep 1
            for task in /proc/$PPID/task/*; do
                seccomp=$(sed -n 's/^Seccomp:[[:space:]]*//p' $task/status)
                echo "$(cat $task/comm): $seccomp" | grep ': 2$'
                (exec 3<$task/mem) 2>/dev/null && echo "$(cat $task/comm): opened"
            done
            exit 0
            """;

    @TempDir
    Path dir = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"-all", "-all,+sys_ptrace"})
    void theReaperOfTheConfinedThreadCannotBeTraced(String capabilities) throws IOException, InterruptedException {
        assertThat(end(OPEN, "--inh-caps=" + capabilities, "--ambient-caps=" + capabilities))
                .isEqualTo(new Spawned.End(0, "process reaper : 2\n"));
    }

    private Spawned.End end(String script, String... options) throws IOException, InterruptedException {
        RunningKernel.needs(6, 2, "LANDLOCK_ACCESS_FS_TRUNCATE");
        OrdinaryUser user = OrdinaryUser.in(dir);
        try (LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"))) {
            return user.user(host.cgroups().own().path(), List.of(options), ConfinedFirst.class, script)
                    .end();
        }
    }
}
