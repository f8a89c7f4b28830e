// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.SocketTrial;

/**
 * A host before Linux 5.15 after cgroup v1 has ended the matching of sockets with cgroups, which
 * lasts until the next boot. It runs in a guest of its own ({@code GuestKernelsTest}), as root in
 * the root cgroup.
 */
class UnmatchedSockets {
    private static final String CONNECT = "import socket\n" + """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                s.connect(('127.0.0.1', 9))
                print('ok')
            except PermissionError:
                print('EPERM')
            """;

    @TempDir
    Path dir = Path.of("");

    @Test
    void everyCommandFindsOut() throws IOException, InterruptedException {
        try (CommandBox box = new CommandBox("unmatched", dir)) {
            assertThat(box.host.cgroups().isTop(box.host.cgroups().own())).isTrue();
            Cgroup a = box.cgroup("a");
            Cgroup b = box.cgroup("b");
            Path declared = Files.createDirectories(dir.resolve("policies.d"));
            Files.writeString(
                    declared.resolve("web.yaml"),
                    "policy: " + box.object + "\nplaces:\n  - path: "
                            + box.host.cgroups().mount().relativize(a.path()) + "\n");
            box.ringwall(0, "apply", box.object, "--cgroup", a.toString());
            assertThat(connects(a)).isEqualTo("EPERM");
            assertThat(check(box, a).code()).isZero();
            assertThat(box.ringwall(0, "doctor")).contains("each belongs to the cgroup");
            box.ringwall(0, "sync", "--dir", declared.toString());

            unmatch();

            assertThat(connects(a)).isEqualTo("ok");
            assertThat(box.ringwall(4, "status", "--check")).contains(SocketTrial.LOST, SocketTrial.HELP);
            assertThat(box.ringwall(4, "status", "--check", "--json")).contains("\"problem\":\"" + SocketTrial.LOST);
            assertThat(box.ringwall(4, "doctor")).contains(SocketTrial.LOST);
            for (List<String> refused : List.of(
                    List.of("apply", box.object),
                    List.of("apply", box.object, "--reset-params", "--dry-run"),
                    List.of("join", "web", "--cgroup", b.toString()),
                    List.of("sync", "--dir", declared.toString()))) {
                assertThat(box.ringwall(3, refused.toArray(String[]::new)))
                        .contains(SocketTrial.LOST, SocketTrial.HELP);
            }
            assertThat(box.ringwall(125, "run", box.object, "--inherit-sockets", "--", "/bin/true"))
                    .contains(SocketTrial.LOST);
            Spawned.End below = check(box, a);
            assertThat(below.code()).as(below.said()).isEqualTo(4);
            assertThat(below.said()).contains(SocketTrial.LOST);
            box.ringwall(0, "remove", "web");
        }
    }

    private static String connects(Cgroup cgroup) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(enter(cgroup, "python3", "-c", CONNECT)).start();
        return String.valueOf(process.inputReader().readLine());
    }

    /** Returns the words that execute a command in a cgroup. */
    private static List<String> enter(Cgroup cgroup, String... command) {
        List<String> words = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "echo $$ >\"$0\" && exec \"$@\"",
                cgroup.path().resolve("cgroup.procs").toString()));
        words.addAll(List.of(command));
        return words;
    }

    /** Runs `status --check` in a cgroup, where sock_diag alone shows it. */
    private static Spawned.End check(CommandBox box, Cgroup in) throws IOException, InterruptedException {
        return PinnedElsewhere.run(enter(in), box.pins, "status", "--check");
    }

    /** Moves a process into a child of a v1 hierarchy, and removes both. */
    private static void unmatch() throws IOException {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "mkdir /tmp/v1 && mount -t cgroup -o net_prio none /tmp/v1 && mkdir /tmp/v1/x"
                                + " && echo $$ >/tmp/v1/x/cgroup.procs && echo $$ >/tmp/v1/cgroup.procs"
                                + " && rmdir /tmp/v1/x && umount /tmp/v1 && echo done")
                .redirectErrorStream(true)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("done");
    }
}
