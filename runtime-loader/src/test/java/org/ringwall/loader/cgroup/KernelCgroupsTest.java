// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Mounts;

/** A hierarchy of ordinary folders, and a `/proc` of ordinary files. */
class KernelCgroupsTest {
    @TempDir
    Path dir = Path.of("");

    private Path mount = Path.of("");
    private final List<Long> killed = new ArrayList<>();
    private final FakeHandles handles = new FakeHandles();

    /** Handles with results chosen by the test. */
    private static final class FakeHandles implements Handles {
        private Lookup<Fd> byId = new Lookup.Gone<>();
        private Optional<Fd> byPath = Optional.empty();
        private boolean locked;

        @Override
        public Lookup<Fd> open(long id) {
            return byId;
        }

        @Override
        public Optional<Fd> open(Path path, long id) {
            return byPath;
        }

        @Override
        public boolean tryLock(Fd directory) {
            return !locked;
        }
    }

    @BeforeEach
    void build() throws IOException {
        dir = dir.toRealPath();
        mount = dir.resolve("mount");
        Files.createDirectories(mount.resolve("a/b"));
        Files.createDirectories(dir.resolve("v1/x"));
        Files.createDirectories(dir.resolve("proc/self"));
    }

    private KernelCgroups cgroups(String root) {
        String table = "1 0 0:1 / / rw - ext4 d rw\n2 1 0:2 " + root + " " + mount + " rw - cgroup2 c rw\n3 1 0:3 / "
                + dir.resolve("v1") + " rw - cgroup c rw,cpu\n";
        return new KernelCgroups(Mounts.parse(table), dir.resolve("proc"), handles, (pid, meant) -> killed.add(pid));
    }

    private void own(String lines) throws IOException {
        Files.writeString(dir.resolve("proc/self/cgroup"), lines);
    }

    @Test
    void resolvesTheUnifiedLineAmongOthers() throws IOException {
        own("9:name=systemd:/s\n4:memory:/m\n0::/a/b\n");
        assertThat(cgroups("/").own().path()).isEqualTo(mount.resolve("a/b"));
    }

    @Test
    void resolvesBelowTheRootThatIsMounted() throws IOException {
        own("0::/docker/abc/a\n");
        assertThat(cgroups("/docker/abc").own().path()).isEqualTo(mount.resolve("a"));
        own("0::/\n");
        assertThat(cgroups("/").own().path()).isEqualTo(mount);
    }

    @Test
    void refusesACgroupOutsideTheMountOrTheNamespace() throws IOException {
        own("0::/other\n");
        assertThatThrownBy(() -> cgroups("/docker/abc").own())
                .isInstanceOf(CgroupException.class)
                .hasMessageContaining("outside the hierarchy mounted");
        own("0::/../sibling\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("outside the hierarchy mounted");
    }

    @Test
    void refusesAProcessWithoutUnifiedLine() throws IOException {
        own("4:memory:/m\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("is not in a cgroup of version 2");
        assertThatThrownBy(() -> cgroups("/").ofPid(77)).hasMessage("there is no process 77");
    }

    @Test
    void reportsARemovedCgroup() throws IOException {
        own("0::/a (deleted)\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("was removed");
    }

    @Test
    void refusesVersionOneOtherPathsAndFiles() throws IOException {
        Files.writeString(mount.resolve("a/cgroup.procs"), "");
        KernelCgroups cgroups = cgroups("/");
        assertThatThrownBy(() -> cgroups.at(dir.resolve("v1/x"))).hasMessageContaining("version 1");
        assertThatThrownBy(() -> cgroups.at(dir)).hasMessageContaining("is not below a cgroup2 mount");
        assertThatThrownBy(() -> cgroups.at(mount.resolve("none"))).hasMessageContaining("there is no cgroup");
        assertThatThrownBy(() -> cgroups.at(mount.resolve("a/cgroup.procs"))).hasMessageContaining("is a file");
        Path link = Files.createSymbolicLink(mount.resolve("way-out"), dir.resolve("v1/x"));
        assertThatThrownBy(() -> cgroups.at(link)).hasMessageContaining("version 1");
    }

    @Test
    void listsItselfAndItsAncestors() {
        KernelCgroups cgroups = cgroups("/");
        assertThat(cgroups.upwards(cgroups.at(mount.resolve("a/b"))))
                .extracting(Cgroup::path)
                .containsExactly(mount.resolve("a/b"), mount.resolve("a"), mount);
    }

    @Test
    void aDescriptorsPathIsUsedOnlyBelowTheMountAndWithItsId() throws IOException {
        KernelCgroups cgroups = cgroups("/");
        Cgroup cgroup = cgroups.at(mount.resolve("a/b"));
        assertThat(lookedUp(cgroups, mount.resolve("a/b"), cgroup.id())).isEqualTo(new Lookup.Present<>(cgroup));
        for (Path other :
                List.of(mount.resolve("a"), Path.of("/"), dir.resolve("v1/x"), mount.resolve("a/b (deleted)"))) {
            Lookup<Cgroup> found = lookedUp(cgroups, other, cgroup.id());
            assertThat(found)
                    .as("%s", other)
                    .isEqualTo(new Lookup.Present<>(new Cgroup(Optional.empty(), cgroup.id())));
        }
        assertThat(closed).isEqualTo(5);
        handles.byId = new Lookup.Gone<>();
        assertThat(cgroups.byId(7)).isEqualTo(new Lookup.Gone<Cgroup>());
        handles.byId = new Lookup.Unknown<>("why");
        assertThat(cgroups.byId(7)).isEqualTo(new Lookup.Unknown<Cgroup>("why"));
    }

    private int closed;

    /** Returns the result of a lookup that opened descriptor 7, whose link leads to this path. */
    private Lookup<Cgroup> lookedUp(KernelCgroups cgroups, Path leads, long id) throws IOException {
        Path link = Files.createDirectories(dir.resolve("proc/self/fd")).resolve("7");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, leads);
        handles.byId = new Lookup.Present<>(Fd.of(7, () -> closed++));
        return cgroups.byId(id);
    }

    @Test
    void opensByPathOnlyWhereIdsCannotBeLookedUp() {
        KernelCgroups cgroups = cgroups("/");
        Cgroup cgroup = cgroups.at(mount.resolve("a/b"));
        handles.byPath = Optional.of(Fd.of(9, () -> {}));
        handles.byId = new Lookup.Present<>(Fd.of(7, () -> {}));
        assertThat(cgroups.open(cgroup).number()).isEqualTo(7);
        handles.byId = new Lookup.Unknown<>("why");
        assertThat(cgroups.open(cgroup).number()).isEqualTo(9);
        assertThatThrownBy(() -> cgroups.open(new Cgroup(Optional.empty(), 5)))
                .isInstanceOf(CgroupException.class)
                .hasMessage("cannot open the cgroup `id 5`: why");
        handles.byId = new Lookup.Gone<>();
        assertThatThrownBy(() -> cgroups.open(cgroup))
                .isInstanceOf(CgroupException.class)
                .hasMessage("the cgroup `" + cgroup + "` has been removed");
    }

    @Test
    void cgroupOutsideOfTheMountHasNoPath() {
        Cgroup hidden = new Cgroup(Optional.empty(), -1);
        assertThat(hidden).hasToString("id 18446744073709551615");
        assertThat(cgroups("/").upwards(hidden)).containsExactly(hidden);
        assertThatThrownBy(hidden::path)
                .isInstanceOf(CgroupException.class)
                .hasMessageContaining("is outside the mounted hierarchy");
    }

    @Test
    void killsProcessesOneByOneWithoutCgroupKill() throws IOException {
        Path procs = mount.resolve("a/b/cgroup.threads");
        Path events = mount.resolve("a/cgroup.events");
        for (int process = 41; process <= 43; process++) {
            Path status = dir.resolve("proc/" + process + "/status");
            Files.createDirectories(status.getParent());
            Files.writeString(status, "Tgid:\t" + process + "\n");
        }
        Files.writeString(procs, "41\n42\n0\n");
        Files.writeString(events, "populated 1\nfrozen 0\n");
        Mounts mounts = Mounts.parse("2 1 0:2 / " + mount + " rw - cgroup2 c rw\n");
        KernelCgroups cgroups = new KernelCgroups(mounts, dir.resolve("proc"), handles, (pid, meant) -> {
            if (meant.getAsBoolean()) {
                killed.add(pid);
                write(procs, pid == 41 ? "43\n" : "");
                write(events, "populated " + (pid == 41 ? 1 : 0) + "\nfrozen 0\n");
            }
        });
        cgroups.end(cgroups.at(mount.resolve("a")));
        // Process 42 has exited since the list was read, and 43 has been added.
        assertThat(killed).containsExactly(41L, 43L);
    }

    @Test
    void namesTheProcessesThatDoNotEnd() throws IOException {
        Files.createDirectories(dir.resolve("proc/41"));
        Files.writeString(dir.resolve("proc/41/comm"), "sl\u001beep\n");
        Files.writeString(mount.resolve("a/b/cgroup.procs"), "41\n42\n");
        Files.writeString(mount.resolve("a/cgroup.events"), "populated 1\nfrozen 0\n");
        KernelCgroups cgroups = cgroups("/");
        Cgroup cgroup = cgroups.at(mount.resolve("a"));
        handles.byPath = Optional.of(Fd.of(7, () -> closed++));
        assertThat(cgroups.removeUnclaimed(cgroup)).isFalse();
        assertThat(closed).isEqualTo(1);
        assertThatThrownBy(() -> cgroups.end(cgroup))
                .isInstanceOf(CgroupException.class)
                .hasMessage("processes in `" + cgroup + "` did not end: 41 (sl?eep), 42");
    }

    @Test
    void aClaimedCgroupIsLockedUntilItIsClosed() throws IOException {
        own("0::/a\n");
        handles.byPath = Optional.of(Fd.of(7, () -> closed++));
        Cgroups cgroups = cgroups("/");
        try (Cgroups.Claimed claimed = cgroups.claim("mine")) {
            assertThat(claimed.cgroup()).isEqualTo(cgroups.at(mount.resolve("a/mine")));
            assertThatThrownBy(() -> cgroups.claim("mine"))
                    .isInstanceOf(CgroupException.class)
                    .hasMessageContaining("already exists");
            assertThat(closed).isZero();
            claimed.remove();
        }
        assertThat(closed).isEqualTo(1);
        assertThat(mount.resolve("a/mine")).doesNotExist();
    }

    @Test
    void aCgroupThatAnotherProcessHasLockedIsNeitherClaimedNorRemoved() throws IOException {
        own("0::/a\n");
        handles.byPath = Optional.of(Fd.of(7, () -> closed++));
        handles.locked = true;
        Cgroups cgroups = cgroups("/");
        assertThatThrownBy(() -> cgroups.claim("mine"))
                .isInstanceOf(CgroupException.class)
                .hasMessage("each new cgroup is removed or locked at once");
        assertThat(closed).isEqualTo(1);
        assertThat(mount.resolve("a/mine")).doesNotExist();
        Files.writeString(mount.resolve("a/cgroup.events"), "populated 0\n");
        assertThat(cgroups.removeUnclaimed(cgroups.at(mount.resolve("a")))).isFalse();
        assertThat(mount.resolve("a")).exists();
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
