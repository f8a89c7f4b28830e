// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * Commands that cannot see every cgroup remove no policy, and no command walks through the cgroups
 * of a large host.
 */
@KernelTest
class BlindKernelTest {
    /** A file with a limit of the cgroup of Java, which Java itself reads at any time. */
    private static final Pattern LIMIT = Pattern.compile("/(cpu|cpuset|memory|pids|cgroup)[.][a-z.]+\"");

    private static final List<String> NO_CAPABILITY =
            List.of("setpriv", "--bounding-set", "-dac_read_search", "--inh-caps", "-dac_read_search");
    private static final List<String> USER_NAMESPACE = List.of("unshare", "-U", "-r");

    @TempDir
    Path dir = Path.of("");

    private CommandBox box;

    @BeforeEach
    void open() throws IOException {
        box = new CommandBox("blind", dir);
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void upgradeWithoutTheCapabilityIsRefusedAndChangesNothing() throws IOException, InterruptedException {
        Cgroup one = box.cgroup("one");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        List<Integer> before = box.attached(one);
        assertThat(PinnedElsewhere.run(NO_CAPABILITY, box.pins, "apply", box.object, "--reset-params"))
                .isEqualTo(new Spawned.End(
                        3,
                        "ringwall: `web@main` has programs for the cgroup with id " + one.id()
                                + ", and it cannot be determined whether that exists: this process lacks CAP_DAC_READ_SEARCH\n"
                                + "  help: run as root in the initial user namespace; nothing was changed\n"));
        assertThat(PinnedElsewhere.run(NO_CAPABILITY, box.pins, "recover").code())
                .isZero();
        assertThat(box.attached(one)).isEqualTo(before).hasSize(2);
        assertThat(PinnedElsewhere.run(NO_CAPABILITY, box.pins, "status").said())
                .contains(
                        "id " + one.id() + ": connect4 connect6; it cannot be determined whether the cgroup exists: ");
    }

    @Test
    void commandsInAUserNamespaceChangeNothing() throws IOException, InterruptedException {
        Cgroup one = box.cgroup("one");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        box.ringwall(0, "apply", box.object, "--instance", "run-1-1", "--cgroup", one.toString());
        List<Integer> before = box.attached(one);
        for (List<String> way : List.of(
                USER_NAMESPACE,
                Stream.concat(USER_NAMESPACE.stream(), Stream.of("-m", "-C")).toList())) {
            PinnedElsewhere.run(way, box.pins, "apply", box.object, "--reset-params");
            PinnedElsewhere.run(way, box.pins, "recover");
            PinnedElsewhere.run(way, box.pins, "run", box.object, "--", "true");
        }
        assertThat(box.attached(one)).isEqualTo(before).hasSize(4);
    }

    /** The loader sees only its own cgroup. The policy is in force on a sibling. */
    @Test
    void commandsInACgroupNamespaceReachHiddenCgroups() throws IOException, InterruptedException {
        Cgroup one = box.cgroup("one");
        Cgroup run = box.cgroup("ringwall-run-1-1");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        // Until its policy is in force, another test's `recover` would remove it.
        try (Fd lock = box.host.host().openDirectory(run.path())) {
            assertThat(box.host.host().tryLock(lock)).isTrue();
            box.ringwall(0, "apply", box.object, "--instance", "run-1-1", "--cgroup", run.toString());
        }
        List<Integer> ofTheRun = box.attached(run);
        List<String> hidden = namespace(box.cgroup("inside"));
        Spawned.End recovered = PinnedElsewhere.run(hidden, box.pins, "recover");
        assertThat(KernelBox.withoutRuns(recovered.said())).isEmpty();
        assertThat(recovered.code()).isZero();
        assertThat(PinnedElsewhere.run(hidden, box.pins, "run", box.object, "--", "sh", "-c", "exit 7")
                        .code())
                .isEqualTo(7);
        assertThat(box.attached(run)).isEqualTo(ofTheRun).hasSize(2);
        assertThat(PinnedElsewhere.run(hidden, box.pins, "status").said())
                .contains("  id " + one.id() + ": connect4 connect6\n");
        List<Integer> before = box.attached(one);
        assertThat(PinnedElsewhere.run(hidden, box.pins, "apply", box.object, "--reset-params"))
                .isEqualTo(new Spawned.End(
                        0, "web@main: in force, generation 2\n  id " + one.id() + ": connect4 connect6\n"));
        assertThat(box.attached(one)).hasSize(2).doesNotContainAnyElementsOf(before);
        assertThat(PinnedElsewhere.run(List.of(), box.pins, "recover").code()).isZero();
        assertThat(Files.exists(run.path())).isFalse();
        assertThat(box.attached(one)).hasSize(2);
    }

    private List<String> namespace(Cgroup inside) {
        Path mount = box.host.cgroups().mount();
        String enter = "echo $$ > " + inside.path().resolve("cgroup.procs") + "; exec unshare -m -C sh -c 'umount -l "
                + mount + "; mount -t cgroup2 c " + mount + "; exec \"$@\"' sh \"$@\"";
        return List.of("sh", "-c", enter, "sh");
    }

    @Test
    void aRecreatedCgroupIsNotCovered() {
        Cgroup one = box.cgroup("one");
        Cgroup two = box.cgroup("two");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString(), "--cgroup", two.toString());
        box.host.hierarchy().remove(two);
        Cgroup again = box.cgroup("two");
        assertThat(again.path()).isEqualTo(two.path());
        assertThat(box.ringwall(0, "status"))
                .contains("  id " + two.id() + ": lost: the cgroup was removed, nothing is enforced there\n");
        assertThat(box.ringwall(0, "apply", box.object, "--reset-params"))
                .contains("the cgroup with id " + two.id() + " was removed")
                .doesNotContain(again.toString());
        assertThat(box.attached(again)).isEmpty();
        assertThat(box.attached(one)).hasSize(2);
    }

    @Test
    void refusedCommandsKeepTheStateOfAnInstanceWithoutCgroups() {
        Cgroup one = box.cgroup("one");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        box.host.hierarchy().remove(one);
        Guard.await("it is not in force", () -> box.ringwall(0, "status").contains("not in force anywhere"));
        assertThat(box.ringwall(1, "apply", box.object, "--reset-params"))
                .contains("not in force, so the cgroup must be given");
        assertThat(box.ringwall(0, "status"))
                .startsWith("web@main: not in force anywhere: ringwall recover removes it\n");
        Cgroup again = box.cgroup("one");
        assertThat(box.ringwall(0, "apply", box.object, "--reset-params", "--cgroup", again.toString()))
                .contains("generation 2");
        assertThat(box.attached(again)).hasSize(2);
    }

    @Test
    @ToolTest("strace")
    void statusDoesNotWalkTheCgroupTree() throws IOException, InterruptedException {
        Cgroup one = box.cgroup("one");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        Cgroup many = box.cgroup("many");
        for (int i = 0; i < 3_000; i++) {
            box.host.hierarchy().create(many, "filler" + i);
        }
        Path log = dir.resolve("strace");
        List<String> strace =
                List.of("strace", "-f", "-qq", "-e", "trace=%file,getdents64,open_by_handle_at", "-o", log.toString());
        assertThat(PinnedElsewhere.run(strace, box.pins, "status").said())
                .contains("  " + one + ": connect4 connect6\n");
        String mount = "\"" + box.host.cgroups().mount();
        List<String> calls = Files.readAllLines(log).stream()
                .filter(call -> call.contains(mount) || call.contains("open_by_handle_at("))
                .filter(call -> !LIMIT.matcher(call).find())
                .toList();
        assertThat(calls).noneMatch(call -> call.contains("filler"));
        assertThat(calls).anyMatch(call -> call.contains("open_by_handle_at(")).hasSizeLessThan(20);
    }
}
