// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/** Cgroups that join a policy in force, and leave it. */
@KernelTest
class MemberKernelTest {
    private static final String CONNECT = """
            import errno, socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                s.connect(('127.0.0.1', 9))
                print('allowed')
            except OSError as e:
                print(errno.errorcode[e.errno])
            """;

    @TempDir
    static Path boxed = Path.of("");

    private final CommandBox box;
    private final Cgroup one;
    private final Cgroup two;

    MemberKernelTest() throws IOException {
        box = new CommandBox("member", boxed);
        one = box.cgroup("one");
        two = box.cgroup("two");
    }

    @AfterEach
    void clean() {
        box.close();
    }

    private static String connect(Cgroup cgroup) {
        return Scripts.run(Path.of(""), cgroup.path(), Set.of(), CONNECT)
                .output()
                .strip();
    }

    @Test
    void aCgroupJoinsAndLeavesWithoutAnotherGeneration() {
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        List<Integer> before = box.attached(one);
        assertThat(connect(two)).isEqualTo("allowed");
        assertThat(box.ringwall(0, "join", "web", "--cgroup", two.toString()))
                .isEqualTo("web@main: in force also at `" + two + "`\n");
        assertThat(connect(two)).isEqualTo("EPERM");
        assertThat(box.attached(one)).isEqualTo(before);
        assertThat(box.attached(two)).isEqualTo(before);
        assertThat(box.ringwall(0, "join", "web", "--cgroup", two.toString()))
                .isEqualTo("web@main: was in force there already\n");
        assertThat(box.ringwall(0, "status", "--check"))
                .contains("generation 1\n", "  " + one + ": connect4 connect6\n", "  " + two + ": connect4 connect6\n");
        assertThat(box.ringwall(0, "status", "web"))
                .isEqualTo(box.ringwall(0, "status", "web@main"))
                .startsWith("web@main: in force");
        assertThat(box.ringwall(1, "status", "wbe"))
                .isEqualTo("ringwall: there is no policy `wbe` on this host\n  help: write one of web@main\n");
        String relative = box.host.cgroups().mount().relativize(two.path()).toString();
        assertThat(box.ringwall(3, "join", "web", "--cgroup", relative))
                .isEqualTo("ringwall: there is no cgroup `" + relative + "`\n  help: did you mean `" + two + "`?\n");
        box.ringwall(0, "apply", box.object, "--param", "port=9");
        assertThat(connect(two)).as("a new version covers it too").isEqualTo("EPERM");
        assertThat(box.ringwall(0, "leave", "web", "--cgroup", one.toString(), "--json"))
                .isEqualTo("{\"policy\":\"web\",\"instance\":\"main\",\"generation\":2,\"left\":[\"" + one
                        + "\"],\"notes\":[]}\n");
        assertThat(connect(one)).isEqualTo("allowed");
        assertThat(connect(two)).isEqualTo("EPERM");
        assertThat(box.ringwall(0, "status", "--check")).doesNotContain(one.toString());
    }

    @Test
    void invalidJoinsAndLeavesAreExplained() {
        assertThat(box.ringwall(1, "join", "web", "--cgroup", two.toString()))
                .contains("there is no `web@main` on this host");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        assertThat(box.ringwall(2, "join", "web"))
                .contains("no cgroup is named", "--cgroup PATH, --pid PID, --unit UNIT or --container NAME");
        assertThat(box.ringwall(
                        3, "join", "web", "--cgroup", two.path().getRoot().toString()))
                .contains("is not below a cgroup2 mount");
        assertThat(box.ringwall(1, "leave", "web", "--cgroup", two.toString()))
                .contains("`web@main` is not in force at `" + two + "`");
        assertThat(box.ringwall(1, "leave", "web", "--cgroup", one.toString()))
                .contains("would not be in force anywhere", "ringwall remove web@main");
        assertThat(connect(one)).isEqualTo("EPERM");
    }

    @Test
    void aRecreatedCgroupJoinsAndTheRemovedOneIsForgotten() {
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString(), two.toString());
        box.host.hierarchy().remove(two);
        Cgroup again = box.cgroup("two");
        assertThat(connect(again)).isEqualTo("allowed");
        box.awaitDetached("web", two);
        assertThat(box.ringwall(0, "join", "web", "--cgroup", again.toString()))
                .isEqualTo("web@main: in force also at `" + again + "`\n");
        assertThat(connect(again)).isEqualTo("EPERM");
        assertThat(box.ringwall(4, "status", "--check")).contains("lost");
        assertThat(box.ringwall(0, "recover"))
                .isEqualTo("`web@main`: the cgroup with id " + two.id()
                        + " was removed, so the policy is not in force there\n");
        assertThat(box.ringwall(0, "status", "--check")).doesNotContain("removed", "lost");
    }
}
