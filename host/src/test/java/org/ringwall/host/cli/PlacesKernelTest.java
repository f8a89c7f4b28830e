// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;

/** The cgroups that the options of a command name, and those that are refused. */
@KernelTest
class PlacesKernelTest {
    @TempDir
    static Path boxed = Path.of("");

    @TempDir
    Path dir = Path.of("");

    private final CommandBox box;

    PlacesKernelTest() throws IOException {
        box = new CommandBox("places", boxed);
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void theRootIsRefusedUnlessItIsAccepted() {
        String root = box.host.cgroups().mount().toString();
        String id = Long.toUnsignedString(box.host.cgroups().at(Path.of(root)).id());
        for (String name : List.of(root, id)) {
            assertThat(box.ringwall(3, "apply", box.object, "--dry-run", "--cgroup", name))
                    .contains("is the root of the cgroups that are visible here", "--accept-place");
        }
        assertThat(box.ringwall(0, "apply", box.object, "--dry-run", "--cgroup", root, "--accept-place"))
                .contains("web@main: can be applied here");
    }

    @Test
    void aPidSelectsItsCgroupOnlyWithoutOtherProcesses() throws IOException {
        Cgroup cgroup = box.cgroup("processes");
        Process first = sleeper(cgroup);
        // A child of the process is meant, too.
        assertThat(box.ringwall(0, "apply", box.object, "--pid", Long.toString(first.pid())))
                .contains("  " + cgroup + ": connect4 connect6");
        box.ringwall(0, "remove", "web");
        Process second = sleeper(cgroup);
        assertThat(box.ringwall(3, "apply", box.object, "--pid", Long.toString(first.pid())))
                .contains("the cgroup `" + cgroup + "` of process " + first.pid() + " also contains ", "other process")
                .contains("--cgroup " + cgroup + ", or write --accept-place");
        assertThat(box.attached(cgroup)).isEmpty();
        String[] both = {"apply", box.object, "--pid", Long.toString(first.pid()), "--pid", Long.toString(second.pid())
        };
        assertThat(box.ringwall(0, both)).contains("  " + cgroup + ": connect4 connect6\n");
        box.ringwall(0, "remove", "web");
        box.ringwall(0, "apply", box.object, "--pid", Long.toString(first.pid()), "--accept-place");
        assertThat(box.attached(cgroup)).hasSize(2);
    }

    /** Moves one of its two threads into another threaded cgroup. */
    private static final String THREADS = """
            import sys, threading, time
            domain, one, two = sys.argv[1:]
            def write(path, text):
                with open(path, 'w') as f:
                    f.write(text)
            write(domain + '/cgroup.procs', '0')
            for child in one, two:
                write(child + '/cgroup.type', 'threaded')
            moved = threading.Event()
            def other():
                write(two + '/cgroup.threads', '0')
                moved.set()
                time.sleep(1000)
            threading.Thread(target=other, daemon=True).start()
            moved.wait()
            write(one + '/cgroup.threads', '0')
            print('ready', flush=True)
            sys.stdin.read()
            """;

    @Test
    void aPidIsRefusedForThreadsInOtherCgroups() throws IOException {
        Cgroup domain = box.cgroup("domain");
        Cgroup one = box.host.hierarchy().create(domain, "one");
        Cgroup two = box.host.hierarchy().create(domain, "two");
        Process process = new ProcessBuilder(
                        "python3", "-c", THREADS, domain.toString(), one.toString(), two.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        String pid = Long.toString(process.pid());
        assertThat(box.ringwall(3, "apply", box.object, "--pid", pid))
                .contains("process " + pid + " has 1 thread in `" + two + "`, which a policy on `" + one
                        + "` does not cover")
                .contains("--cgroup " + domain + "; or write --accept-place");
        assertThat(box.attached(one)).isEmpty();
        assertThat(box.ringwall(0, "apply", box.object, "--pid", pid, "--accept-place"))
                .contains("  " + one + ": connect4 connect6");
        box.ringwall(0, "remove", "web");
        assertThat(box.ringwall(0, "apply", box.object, "--cgroup", domain.toString()))
                .contains("  " + domain + ": connect4 connect6");
        // A threaded cgroup shows its processes only by their threads.
        assertThat(box.host.cgroups().processes(two)).containsExactly(process.pid());
    }

    /** Processes of cgroups below are judged as well. `join` names places as `apply` does. */
    @Test
    void aPidIsRefusedForProcessesBelowItsCgroup() throws IOException {
        Cgroup meant = box.cgroup("meant");
        Cgroup below = box.host.hierarchy().create(meant, "below");
        String pid = Long.toString(sleeper(meant).pid());
        sleeper(below);
        assertThat(box.ringwall(3, "apply", box.object, "--pid", pid)).contains("also contains 2 other processes");
        Cgroup first = box.cgroup("first");
        box.ringwall(0, "apply", box.object, "--cgroup", first.toString());
        assertThat(box.ringwall(3, "join", "web", "--pid", pid)).contains("also contains 2 other processes");
        assertThat(box.attached(meant)).isEmpty();
        box.ringwall(0, "join", "web", "--pid", pid, "--accept-place");
        assertThat(box.attached(meant)).hasSize(2);
        box.host.hierarchy().end(below);
        box.host.hierarchy().remove(below);
    }

    /** In a cgroup namespace the root is the cgroup in which it was made, with this command. */
    @Test
    void theRootOfACgroupNamespaceIsRefusedUnlessItIsAccepted() throws IOException, InterruptedException {
        Cgroup inside = box.cgroup("namespace");
        Path mount = box.host.cgroups().mount();
        String enter = "echo $$ > " + inside.path().resolve("cgroup.procs") + "; exec unshare -m -C sh -c 'umount -l "
                + mount + "; mount -t cgroup2 c " + mount + "; exec \"$@\"' sh \"$@\"";
        List<String> starter = List.of("sh", "-c", enter, "sh");
        List<List<String>> named = List.of(List.of("--cgroup", mount.toString()), List.of("--pid", "self"));
        for (List<String> place : named) {
            List<String> words = new ArrayList<>(List.of("apply", box.object, "--dry-run"));
            words.addAll(place);
            // The process that names itself is the shell that becomes the command.
            List<String> by = place.contains("self")
                    ? List.of("sh", "-c", enter.replace("exec \"$@\"'", "exec \"$@\" --pid $$'"), "sh")
                    : starter;
            words.removeAll(List.of("--pid", "self"));
            Spawned.End end = Spawned.by(by, words.toArray(String[]::new)).end();
            assertThat(end.code()).isEqualTo(3);
            assertThat(end.said()).contains("is the root of the cgroups that are visible here", "--accept-place");
        }
        Spawned.End end = Spawned.by(
                        starter, "apply", box.object, "--dry-run", "--cgroup", mount.toString(), "--accept-place")
                .end();
        assertThat(end.said()).contains("web@main: can be applied here");
    }

    @Test
    void aUnitSelectsItsCgroupInASlice() throws IOException {
        Path slice = box.host
                .cgroups()
                .mount()
                .resolve("rwplaces" + ProcessHandle.current().pid() + ".slice");
        Path unit = slice.resolve("rwplaces-web.service");
        Files.createDirectories(unit);
        try {
            assertThat(box.ringwall(0, "apply", box.object, "--unit", "rwplaces-web.service"))
                    .contains("  " + unit + ": connect4 connect6\n");
            assertThat(box.ringwall(3, "apply", box.object, "--instance", "b", "--unit", "rwplaces-none.service"))
                    .contains("the unit `rwplaces-none.service` has no cgroup");
            assertThat(box.ringwall(3, "apply", box.object, "--instance", "b", "--unit", "rwplaces-web"))
                    .contains("`rwplaces-web` is not the name of a unit that has a cgroup");
            assertThat(box.ringwall(2, "apply", box.object, "--cgroup", unit.toString(), "--params", "x=1"))
                    .isEqualTo(
                            "ringwall: `ringwall apply` has no option `--params`\n  help: did you mean `--param`?\n");
            assertThat(box.ringwall(3, "apply", box.object, "--instance", "b", "--unit", "-.slice"))
                    .contains("the root cgroup contains every process of the host");
        } finally {
            Files.delete(unit);
            Files.delete(slice);
        }
    }

    /** Starts a process with a child in a cgroup. The box ends both. */
    private static Process sleeper(Cgroup cgroup) throws IOException {
        Process process = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "echo $$ > \"$0\"; sleep 300 & echo in; wait",
                        cgroup.path().resolve("cgroup.procs").toString())
                .start();
        process.getInputStream().read();
        return process;
    }
}
