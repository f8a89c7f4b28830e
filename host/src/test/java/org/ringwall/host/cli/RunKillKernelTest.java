// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.host.run.RunCgroups;
import org.ringwall.host.run.RunInCgroup;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.Step;

/**
 * SIGKILL before the changes of `run`, by root and by a user for whom root has prepared it. The
 * command never makes the request that the policy denies, and `recover` removes what is left. Each
 * kill starts a process, so every build makes a share of them.
 */
@KernelTest
class RunKillKernelTest {
    private static final int KILLED = 137;
    private static final int STEP = Math.max(Soak.size(4, 1), Step.SIZE);
    private static final String TRY =
            "for i in 1 2 3 4 5; do (exec 3<>/dev/udp/127.0.0.1/9) 2>/dev/null && echo allowed || echo denied; done";

    @TempDir
    Path dir = Path.of("");

    private final Path pins =
            BpffsPins.MOUNT.resolve("rwrunkill-" + ProcessHandle.current().pid());
    private final LoaderHost host = LoaderHost.ofThisMachine(pins);
    private final Cgroup slice = host.hierarchy()
            .create(host.cgroups().own(), "runkill-" + ProcessHandle.current().pid());
    private Optional<OrdinaryUser> prepared = Optional.empty();

    @AfterEach
    void clean() throws IOException, InterruptedException {
        if (prepared.isPresent()) {
            prepare(prepared.get(), "--remove");
        }
        host.hierarchy().end(slice);
        host.hierarchy().remove(slice);
        host.close();
    }

    private String object() throws IOException {
        Path file = dir.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPorts("killed", 9, 12)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return file.toString();
    }

    private void prepare(OrdinaryUser user, String... options) throws IOException, InterruptedException {
        Spawned.End end = user.root(
                        host.cgroups().own().path(),
                        Stream.concat(Stream.of("prepare", "--user", Long.toString(user.uid())), Stream.of(options))
                                .toArray(String[]::new))
                .end();
        assertThat(end.code()).as(end.said()).isZero();
    }

    private List<Cgroup> left() {
        return host.hierarchy().withDescendants(slice).stream()
                .filter(cgroup -> !cgroup.equals(slice))
                .toList();
    }

    @Test
    void killedRunOfRootIsRemovedByRecover() throws IOException, InterruptedException {
        String object = object();
        OrdinaryUser.Start start = (program, args) -> OrdinaryUser.started(slice.path(), program, args);
        int kills = 0;
        int ran = 0;
        Spawned.End end = end(start, kills, object);
        while (end.code() == KILLED) {
            ran += end.said().contains("denied") ? 1 : 0;
            host.remover().sweepRuns(cgroup -> RunInCgroup.removeIfIdle(host, cgroup));
            host.remover().recover();
            new RunCgroups(host).removeAbandoned();
            assertThat(left()).as("kill %s: %s", kills, end.said()).isEmpty();
            assertThat(Files.exists(pins)).as("kill %s: %s", kills, end.said()).isFalse();
            kills += STEP;
            end = end(start, kills, object);
        }
        assertThat(kills).as(end.said()).isGreaterThan(40);
        assertThat(ran).as("kills after the command").isPositive();
        complete(end);
    }

    @Test
    void killedRunOfAUserIsRemovedByTheUsersRecover() throws IOException, InterruptedException {
        RunningKernel.needs(6, 9, "delegation of BPF");
        OrdinaryUser user = OrdinaryUser.in(dir);
        prepared = Optional.of(user);
        prepare(user, "--cgroup", slice.path().toString(), "--accept-host-wide");
        String object = object();
        OrdinaryUser.Start start = (program, args) -> user.user(slice.path(), List.of(), program, args);
        Path own = Path.of("/run/ringwall/user/" + user.uid() + "/bpf/ringwall");
        int kills = 0;
        int ran = 0;
        Spawned.End end = end(start, kills, object);
        while (end.code() == KILLED) {
            ran += end.said().contains("denied") ? 1 : 0;
            kills += 2 * STEP;
            end = end(start, kills, object);
        }
        assertThat(kills).as(end.said()).isGreaterThan(40);
        assertThat(ran).as("kills after the command").isPositive();
        Spawned.End recovered = user.user(slice.path(), "recover").end();
        assertThat(recovered.code()).as(recovered.said()).isZero();
        complete(end);
        assertThat(Files.exists(own)).isFalse();
    }

    private Spawned.End end(OrdinaryUser.Start start, int killAt, String object)
            throws IOException, InterruptedException {
        Spawned.End end = start.start(
                        DoomedRun.class,
                        Integer.toString(killAt),
                        pins.toString(),
                        "run",
                        object,
                        "--",
                        "bash",
                        "-c",
                        TRY)
                .end();
        assertThat(end.code()).as(end.said()).isIn(0, KILLED);
        assertThat(end.said()).as("kill %s", killAt).doesNotContain("allowed");
        return end;
    }

    private void complete(Spawned.End end) {
        assertThat(end.code()).as(end.said()).isZero();
        assertThat(end.said().lines().filter("denied"::equals)).hasSize(5);
        assertThat(left()).isEmpty();
    }
}
