// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;

/**
 * A command that runs as root and hides a process in a nested cgroup, while it creates and removes
 * sibling cgroups.
 */
@KernelTest
class RunNestedKernelTest {
    private static final String HIDE = """
            import os, subprocess, sys, time
            own = sys.argv[1] + [line[3:].strip() for line in open('/proc/self/cgroup') if line.startswith('0::')][0]
            def child(name, source):
                os.makedirs(own + name, exist_ok=True)
                process = subprocess.Popen([sys.executable, '-c', source, own + name], stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
                open(own + name + '/cgroup.procs', 'w').write(str(process.pid))
                return process.pid
            churn = '''
            import os, sys
            while True:
                for n in range(50):
                    os.mkdir(sys.argv[1] + '/n%d' % n)
                for n in range(50):
                    os.rmdir(sys.argv[1] + '/n%d' % n)
            '''
            print(own, child('/a/b/c', 'import time; time.sleep(600)'), child('/churn', churn.replace('\\n            ', '\\n')))
            sys.stdout.flush()
            time.sleep(0.5)
            """;

    @TempDir
    Path dir = Path.of("");

    private CommandBox box;

    @BeforeEach
    void open() throws IOException {
        box = new CommandBox("nested", dir);
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @RepeatedTest(3)
    void everyProcessEndsBeforeThePolicyDoes() throws IOException, InterruptedException {
        String mount = box.host.cgroups().mount().toString();
        Spawned.End end =
                PinnedElsewhere.run(List.of(), box.pins, "run", box.object, "--", "python3", "-c", HIDE, mount);
        assertThat(end.code()).as(end.said()).isZero();
        String[] words = end.said().strip().split(" ", -1);
        assertThat(words).as(end.said()).hasSize(3);
        assertThat(runs(words[1])).isFalse();
        assertThat(runs(words[2])).isFalse();
        assertThat(Files.exists(Path.of(words[0]))).isFalse();
        assertThat(box.host.status()).isEmpty();
    }

    /** Returns whether the process is running. A zombie is not. */
    private static boolean runs(String pid) throws IOException {
        Path status = Path.of("/proc/" + pid + "/status");
        return Files.exists(status)
                && Files.readString(status).lines().noneMatch(line -> line.matches("State:\\s+Z.*"));
    }
}
