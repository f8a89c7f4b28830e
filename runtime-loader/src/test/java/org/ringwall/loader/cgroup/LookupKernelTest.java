// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/** Lookups of cgroups by id from processes that can see all of them, some, or none. */
@KernelTest
class LookupKernelTest {
    private static final String TAG = "rwlook-" + ProcessHandle.current().pid();
    private static final String NO_CAPABILITY = "unknown: this process lacks CAP_DAC_READ_SEARCH";
    private static final String USER_NAMESPACE = "unknown: this process is not in the initial user namespace";

    private final KernelCgroups cgroups = KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()));
    private final Cgroup top = cgroups.create(cgroups.own(), TAG);
    private final Cgroup live = cgroups.create(top, "live");
    private final long gone = removed(cgroups.create(top, "gone"));

    @AfterEach
    void clean() {
        cgroups.end(top);
        cgroups.remove(top);
    }

    private long removed(Cgroup cgroup) {
        cgroups.remove(cgroup);
        return cgroup.id();
    }

    @Test
    void findsExistingCgroupsAndReportsRemovedOnes() throws IOException, InterruptedException {
        assertThat(cgroups.byId(live.id())).isEqualTo(new Lookup.Present<>(live));
        assertThat(cgroups.byId(gone)).isEqualTo(new Lookup.Gone<Cgroup>());
        assertThat(lookedUp("sh", "-c", "exec \"$@\"", "sh")).containsExactly("opened " + live, "gone");
    }

    @Test
    void aRecreatedCgroupIsADifferentOne() {
        Cgroup again = cgroups.create(top, "gone");
        assertThat(again.id()).isNotEqualTo(gone);
        assertThat(cgroups.byId(gone)).isEqualTo(new Lookup.Gone<Cgroup>());
        assertThat(cgroups.byId(again.id())).isEqualTo(new Lookup.Present<>(again));
        try (Fd open = cgroups.open(again)) {
            assertThat(open.number()).isPositive();
        }
    }

    @Test
    void cgroupOutsideOfTheNamespaceIsOpenedWithoutAPath() throws IOException, InterruptedException {
        Cgroup inside = cgroups.create(top, "inside");
        String enter = "echo $$ > " + inside.path().resolve("cgroup.procs") + "; exec unshare -m -C sh -c '"
                + "umount -l " + cgroups.mount() + "; mount -t cgroup2 c "
                + cgroups.mount()
                + "; exec \"$@\"' sh \"$@\"";
        assertThat(lookedUp("sh", "-c", enter, "sh")).containsExactly("opened id " + live.id(), "gone");
    }

    @Test
    void removalIsUnknownInAUserNamespace() throws IOException, InterruptedException {
        List<String> mounts = lookedUp("unshare", "-U", "-r", "-m");
        assertThat(mounts.get(0))
                .isIn("opened " + live, USER_NAMESPACE, "unknown: open_by_handle_at failed with EPERM", NO_CAPABILITY);
        assertThat(mounts.get(1)).startsWith("unknown: ");
        assertThat(lookedUp("unshare", "-U", "-r")).allMatch(line -> line.startsWith("unknown: "));
    }

    @Test
    void existenceIsUnknownWithoutTheCapability() throws IOException, InterruptedException {
        assertThat(lookedUp("setpriv", "--bounding-set", "-dac_read_search", "--inh-caps", "-dac_read_search"))
                .containsExactly(NO_CAPABILITY, NO_CAPABILITY);
    }

    /**
     * Returns the lines of a process started by these words, for the live cgroup and the removed
     * one.
     */
    private List<String> lookedUp(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(words));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LookingUp.class.getName(),
                Long.toString(live.id()),
                Long.toString(gone)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().toList();
    }
}
