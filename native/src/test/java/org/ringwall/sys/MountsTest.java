// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountsTest {
    private static final String HYBRID = """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 master:2 - cgroup2 cgroup2 rw
            42 23 0:39 / /sys/fs/bpf rw,relatime - bpf bpf rw
            """;

    @Test
    void findsCgroup2BesideVersionOne() {
        assertThat(Mounts.parse(HYBRID).ofType("cgroup2"))
                .containsExactly(new Mounts.Mount(Path.of("/sys/fs/cgroup/unified"), "/", "cgroup2"));
    }

    @Test
    void findsTheMountOfAPath() {
        Mounts mounts = Mounts.parse(HYBRID);
        assertThat(mounts.of(Path.of("/sys/fs/cgroup/cpu/x")).orElseThrow().type())
                .isEqualTo("cgroup");
        assertThat(mounts.of(Path.of("/sys/fs/cgroup/unifiedx")).orElseThrow().type())
                .isEqualTo("tmpfs");
        assertThat(mounts.of(Path.of("/sys/fs/cgroup/unified/a/b"))
                        .orElseThrow()
                        .type())
                .isEqualTo("cgroup2");
    }

    @Test
    void readsRootsOfNamespacesAndBindMounts() {
        String text = "50 40 0:38 /docker/abc /mnt/cg rw - cgroup2 cgroup rw\n"
                + "51 40 0:38 /../.. /mnt/up rw - cgroup2 cgroup rw\n";
        assertThat(Mounts.parse(text).mounts()).extracting(Mounts.Mount::root).containsExactly("/docker/abc", "/../..");
    }

    @Test
    void decodesOctalEscapes() {
        String text = "50 40 0:38 /a\\040b /mnt/with\\040blank\\134and\\011tab rw - cgroup2 c rw";
        Mounts.Mount mount = Mounts.parse(text).mounts().get(0);
        assertThat(mount.point()).isEqualTo(Path.of("/mnt/with blank\\and\ttab"));
        assertThat(mount.root()).isEqualTo("/a b");
        assertThat(Mounts.unescape("\\303\\274")).isEqualTo("ü");
        assertThat(Mounts.unescape("ends\\04")).isEqualTo("ends\\04");
    }

    @Test
    void laterMountHidesTheOneBelowIt() {
        String text = "1 0 0:1 / /c rw - cgroup2 c rw\n2 1 0:2 / /c rw - tmpfs t rw\n";
        assertThat(Mounts.parse(text).ofType("cgroup2")).isEmpty();
        String again = text + "3 2 0:3 / /c rw - cgroup2 c rw\n";
        assertThat(Mounts.parse(again).ofType("cgroup2")).hasSize(1);
    }

    @Test
    void skipsLinesThatAreNotMounts() {
        assertThat(Mounts.parse("\n - \nx y z\n1 2 3 4 relative 6 - cgroup2 c rw\n")
                        .mounts())
                .isEmpty();
    }
}
