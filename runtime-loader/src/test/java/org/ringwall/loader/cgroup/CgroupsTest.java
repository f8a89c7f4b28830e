package org.ringwall.loader.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hierarchy made of plain folders, and a `/proc` made of plain files. */
class CgroupsTest {
    @TempDir
    Path dir = Path.of("");

    private Path mount = Path.of("");
    private final List<Long> killed = new ArrayList<>();

    @BeforeEach
    void build() throws IOException {
        dir = dir.toRealPath();
        mount = dir.resolve("mount");
        Files.createDirectories(mount.resolve("a/b"));
        Files.createDirectories(dir.resolve("v1/x"));
        Files.createDirectories(dir.resolve("proc/self"));
    }

    private Cgroups cgroups(String root) {
        String table = "1 0 0:1 / / rw - ext4 d rw\n2 1 0:2 " + root + " " + mount + " rw - cgroup2 c rw\n3 1 0:3 / "
                + dir.resolve("v1") + " rw - cgroup c rw,cpu\n";
        return new Cgroups(Mounts.parse(table), dir.resolve("proc"), (pid, meant) -> killed.add(pid));
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
                .hasMessageContaining("outside what is mounted");
        own("0::/../sibling\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("outside what is mounted");
    }

    @Test
    void refusesAProcessWithoutUnifiedLine() throws IOException {
        own("4:memory:/m\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("in no cgroup of version 2");
        assertThatThrownBy(() -> cgroups("/").ofPid(77)).hasMessage("there is no process 77");
    }

    @Test
    void saysThatARemovedCgroupWasRemoved() throws IOException {
        own("0::/a (deleted)\n");
        assertThatThrownBy(() -> cgroups("/").own()).hasMessageContaining("was removed");
    }

    @Test
    void refusesVersionOneOtherPathsAndFiles() throws IOException {
        Files.writeString(mount.resolve("a/cgroup.procs"), "");
        Cgroups cgroups = cgroups("/");
        assertThatThrownBy(() -> cgroups.at(dir.resolve("v1/x"))).hasMessageContaining("version 1");
        assertThatThrownBy(() -> cgroups.at(dir)).hasMessageContaining("is not below a cgroup2 mount");
        assertThatThrownBy(() -> cgroups.at(mount.resolve("none"))).hasMessageContaining("there is no cgroup");
        assertThatThrownBy(() -> cgroups.at(mount.resolve("a/cgroup.procs"))).hasMessageContaining("is a file");
        Path link = Files.createSymbolicLink(mount.resolve("way-out"), dir.resolve("v1/x"));
        assertThatThrownBy(() -> cgroups.at(link)).hasMessageContaining("version 1");
    }

    @Test
    void listsItselfAndWhatIsAbove() {
        Cgroups cgroups = cgroups("/");
        assertThat(cgroups.upwards(cgroups.at(mount.resolve("a/b"))))
                .extracting(Cgroup::path)
                .containsExactly(mount.resolve("a/b"), mount.resolve("a"), mount);
    }

    @Test
    void findsACgroupByItsId() {
        Cgroups cgroups = cgroups("/");
        Cgroup cgroup = cgroups.at(mount.resolve("a/b"));
        assertThat(cgroups.byId(cgroup.id())).contains(cgroup);
        assertThat(cgroups.byId(-1)).isEmpty();
    }

    @Test
    void endsProcessesOneByOneWhereThereIsNoKillFile() throws IOException {
        Path procs = mount.resolve("a/b/cgroup.procs");
        Files.writeString(procs, "41\n42\n0\n");
        Cgroups cgroups = new Cgroups(
                Mounts.parse("2 1 0:2 / " + mount + " rw - cgroup2 c rw\n"), dir.resolve("proc"), (pid, meant) -> {
                    if (meant.getAsBoolean()) {
                        killed.add(pid);
                        write(procs, pid == 41 ? "43\n" : "");
                    }
                });
        cgroups.end(cgroups.at(mount.resolve("a")));
        // 42 has ended after it was listed, and 43 has come.
        assertThat(killed).containsExactly(41L, 43L);
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
