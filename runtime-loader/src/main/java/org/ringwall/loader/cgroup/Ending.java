// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;

/**
 * The end of all processes of a cgroup. Its files are opened before a process is in the cgroup, so
 * that one of them can neither change who may open them nor leave this process without descriptors
 * (prlimit(2)).
 */
final class Ending implements AutoCloseable {
    private static final int ROUNDS = 500;
    private static final int SIZE = 4096;

    private final KernelCgroups cgroups;
    private final Cgroup cgroup;
    private final Optional<FileChannel> events;
    private final Optional<FileChannel> kill;

    Ending(KernelCgroups cgroups, Cgroup cgroup) {
        this.cgroups = cgroups;
        this.cgroup = cgroup;
        this.events = opened(cgroup.path().resolve("cgroup.events"), StandardOpenOption.READ);
        // A kernel before 5.14 has no such file.
        this.kill = opened(cgroup.path().resolve("cgroup.kill"), StandardOpenOption.WRITE);
    }

    private static Optional<FileChannel> opened(Path file, OpenOption how) {
        try {
            return Optional.of(FileChannel.open(file, how));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Kills every process in this cgroup and below, until the kernel counts none. Where the kernel
     * cannot kill all at once, before 5.14 and in a threaded cgroup ({@code cgroup_kill_write}),
     * processes are killed one by one, repeatedly, because each may have forked.
     */
    void end() {
        for (int round = 0; round < ROUNDS; round++) {
            if (!populated()) {
                return;
            }
            if (!killed()) {
                cgroups.killEach(cgroup);
            }
            KernelCgroups.pause();
        }
        throw cgroups.remaining(cgroup);
    }

    private boolean populated() {
        try {
            if (events.isPresent()) {
                ByteBuffer content = ByteBuffer.allocate(SIZE);
                events.get().read(content, 0);
                String text = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
                return !text.contains("populated 0");
            }
        } catch (IOException e) {
            // ENODEV: the cgroup was removed.
            return cgroups.populated(cgroup);
        }
        return cgroups.populated(cgroup);
    }

    private boolean killed() {
        try {
            if (kill.isPresent()) {
                kill.get().write(ByteBuffer.wrap(new byte[] {'1'}));
                return true;
            }
        } catch (IOException e) {
            // EOPNOTSUPP: the cgroup is threaded.
            return false;
        }
        return false;
    }

    @Override
    public void close() {
        events.ifPresent(Ending::close);
        kill.ifPresent(Ending::close);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new CgroupException("cannot close a file of a cgroup", "run it again");
        }
    }
}
