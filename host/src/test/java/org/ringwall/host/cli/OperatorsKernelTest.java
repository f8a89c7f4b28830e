// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;

/** What operators do with many policies and cgroups, on the running kernel. */
@KernelTest
class OperatorsKernelTest {
    @TempDir
    private Path dir = Path.of("");

    private List<CommandBox> open = List.of();

    private CommandBox box() {
        return open.get(0);
    }

    @BeforeEach
    void start() throws IOException {
        open = List.of(new CommandBox("operators", dir));
    }

    @AfterEach
    void clean() {
        open.forEach(CommandBox::close);
    }

    private void apply(String instance, Cgroup cgroup) {
        box().ringwall(0, "apply", box().object, "--instance", instance, "--cgroup", cgroup.toString());
    }

    @Test
    void severalPoliciesAreRemovedEachByItself() {
        Cgroup one = box().cgroup("one");
        for (String name : List.of("a", "b", "c", "d")) {
            apply(name, one);
        }
        assertThat(box().ringwall(1, "remove", "web@a", "web@none", "web@b", "web@a"))
                .isEqualTo("""
                        web@a: removed
                        ringwall: there is no `web@none` on this host
                          help: ringwall status lists what is in force, ringwall apply puts a policy in force
                        web@b: removed
                        """);
        assertThat(box().ringwall(1, "remove", "--json", "web@c", "web@none"))
                .isEqualTo("{\"instances\":[{\"policy\":\"web\",\"instance\":\"c\",\"removed\":true},"
                        + "{\"policy\":\"web\",\"instance\":\"none\",\"removed\":false,"
                        + "\"error\":\"there is no `web@none` on this host\",\"help\":\"ringwall status lists what is in force,"
                        + " ringwall apply puts a policy in force\"}]}\n");
        assertThat(box().ringwall(1, "remove", "web@d", "no name")).contains("`no name`");
        assertThat(box().ringwall(0, "status"))
                .as("nothing is removed if a name is none")
                .startsWith("web@d: in force");
        box().ringwall(0, "remove", "web@d");
    }

    /** The places of `status` and `tree` are named as for `apply`, without its refusals. */
    @Test
    void statusAndTreeShowWhatIsAtAPlace() {
        Cgroup one = box().cgroup("one");
        Cgroup below = box().host.hierarchy().create(one, "below");
        Cgroup two = box().cgroup("two");
        apply("one", one);
        box().ringwall(0, "apply", box().object, "--cgroup", below.toString(), two.toString());
        String there = box().ringwall(0, "status", "--check", "--cgroup", below.toString());
        assertThat(there).contains("web@one: ", "  " + one + ": ", "web@main: ", "  " + below + ": ");
        assertThat(there).doesNotContain(two.toString() + ":");
        assertThat(box().ringwall(0, "status", "--cgroup", one.toString())).contains("  " + below + ": ");
        Cgroup bare = box().cgroup("bare");
        assertThat(box().ringwall(0, "status", "--cgroup", bare.toString())).isEqualTo("no policy is in force\n");
        box().ringwall(4, "status", "--check", "--cgroup", bare.toString());
        assertThat(box().ringwall(0, "tree", "--cgroup", two.toString(), below.toString()))
                .startsWith(two + "\n")
                .contains("\n" + below + "\n");
        String own = Long.toString(ProcessHandle.current().pid());
        assertThat(box().ringwall(0, "tree", "--pid", own))
                .startsWith(box().host.cgroups().own() + ": no BPF program");
        assertThat(box().ringwall(3, "tree", "--unit", "no-such-unit.service")).contains("has no cgroup");
    }

    /** The cgroup of a container is forgotten some time after its end. */
    @Test
    void checkWaitsForTheEndOfAContainer() throws InterruptedException {
        Cgroup stays = box().cgroup("stays");
        Cgroup ends = box().cgroup("ends");
        Cgroup later = box().cgroup("later");
        box().ringwall(0, "apply", box().object, "--cgroup", stays.toString(), ends.toString(), later.toString());
        box().host.hierarchy().remove(ends);
        Thread forgetting = new Thread(() -> {
            box().awaitDetached("web", ends);
            LockSupport.parkNanos(1_000_000_000);
            box().ringwall(0, "recover");
        });
        assertThat(box().ringwall(0, "status")).contains("lost: the cgroup was removed");
        forgetting.start();
        box().ringwall(0, "status", "--check");
        forgetting.join();
        box().host.hierarchy().remove(later);
        assertThat(box().ringwall(4, "status", "--check")).contains("lost: the cgroup was removed");
    }

    @Test
    void namesOfCgroupsDoNotReachTheTerminal() {
        Cgroup one = box().cgroup("one");
        Cgroup evil = box().cgroup("evil\u001b[31m\u202e");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString());
        assertThat(box().ringwall(0, "join", "web", "--cgroup", evil.toString()))
                .endsWith("in force also at `" + box().top + "/evil\\x1b[31m\\xe2\\x80\\xae`\n");
        for (String[] each :
                new String[][] {{"status"}, {"tree"}, {"doctor"}, {"leave", "web", "--cgroup", evil.toString()}}) {
            assertThat(box().ringwall(0, each)).doesNotContain("\u001b", "\u202e");
        }
    }

    /** Another user cannot read the journal of this host, which is no journal without entries. */
    @Test
    void theJournalOfRootIsRefusedToOthers() throws IOException, InterruptedException {
        OrdinaryUser user = OrdinaryUser.in(dir);
        String id = Long.toString(user.uid());
        List<String> words = List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs tmpfs /var/log && mkdir -m 0700 /var/log/ringwall && exec \"$@\"",
                "sh",
                "setpriv",
                "--reuid=" + id,
                "--regid=" + id,
                "--clear-groups",
                "--",
                "env",
                "-u",
                "RINGWALL_JOURNAL",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                user.classPath(),
                Main.class.getName(),
                "journal");
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("""
                        ringwall: cannot read the journal `/var/log/ringwall/journal.jsonl`: permission denied
                          help: run as root
                        """);
        assertThat(process.waitFor()).isEqualTo(3);
    }
}
