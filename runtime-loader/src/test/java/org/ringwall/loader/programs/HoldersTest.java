// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.apply.FakeKernel;
import org.ringwall.loader.model.RunOrder;

/** The processes that hold a program, from the files of a procfs. */
class HoldersTest {
    @TempDir
    private Path proc = Path.of("");

    private void descriptor(long pid, int number, String target, String information) throws IOException {
        Path process = proc.resolve(Long.toString(pid));
        Files.createDirectories(process.resolve("fd"));
        Files.createDirectories(process.resolve("fdinfo"));
        Files.writeString(process.resolve("comm"), "daemon-" + pid + "\n");
        Files.createSymbolicLink(process.resolve("fd/" + number), Path.of(target));
        Files.writeString(process.resolve("fdinfo/" + number), information);
    }

    @Test
    void findsHoldersOfProgramAndLinkDescriptors() throws IOException {
        descriptor(9, 3, "anon_inode:bpf-prog", "pos:\t0\nprog_type:\t18\nprog_tag:\tab\nprog_id:\t12\n");
        descriptor(9, 4, "anon_inode:bpf-prog", "prog_id:\t12\n");
        descriptor(10, 3, "anon_inode:bpf_link", "link_type:\tcgroup\nlink_id:\t5\nprog_id:\t12\ncgroup_id:\t1\n");
        descriptor(10, 4, "anon_inode:bpf-link", "link_type:\tcgroup\nlink_id:\t6\nprog_id:\t14\n");
        descriptor(11, 3, "anon_inode:bpf-map", "map_type:\t2\nprog_id:\t12\n");
        descriptor(12, 3, "nothing", "prog_id:\t12\n");
        Files.createDirectories(proc.resolve("sys"));
        Holders holders = new Holders(new FakeKernel(), proc, proc);
        assertThat(holders.of(12).processes())
                .isEqualTo(List.of(new RunOrder.Process(9, "daemon-9"), new RunOrder.Process(10, "daemon-10")));
        assertThat(holders.of(14).processes()).hasSize(1);
        assertThat(holders.of(13).processes()).isEmpty();
        assertThat(holders.of(12).pins()).isEmpty();
    }
}
