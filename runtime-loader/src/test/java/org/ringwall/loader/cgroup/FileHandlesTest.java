// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The meaning of each result of the kernel. Only one of them proves that a cgroup was removed. */
class FileHandlesTest {
    private static final long ID = 0x1234_5678_9abcL;
    private static final Set<Call> MEMORY = EnumSet.of(Call.MMAP, Call.MUNMAP, Call.CLOSE);

    @TempDir
    Path proc = Path.of("");

    private final Map<Call, Long> answers = new HashMap<>();
    private long fileSystem = 0x63677270L;
    private int capabilities = -1;
    private long asked;

    @BeforeEach
    void all() throws IOException {
        answers.put(Call.OPENAT, 1_000_000L);
        answers.put(Call.FSTATFS, 0L);
        answers.put(Call.CAPGET, 0L);
        answers.put(Call.OPEN_BY_HANDLE_AT, 1_000_001L);
        namespace("user:[4026531837]");
    }

    @Test
    void opensByTheHandleOfKernfs() {
        assertThat(open()).isInstanceOf(Lookup.Present.class);
        assertThat(asked).isEqualTo(ID);
    }

    @Test
    void estaleProvesRemovalOnlyToAPrivilegedCaller() throws IOException {
        refuse(Call.OPEN_BY_HANDLE_AT, Errno.ESTALE);
        assertThat(open()).isEqualTo(new Lookup.Gone<Fd>());
        capabilities = ~(1 << 2);
        assertThat(open()).isEqualTo(new Lookup.Unknown<Fd>("this process lacks CAP_DAC_READ_SEARCH"));
        capabilities = -1;
        namespace("user:[4026532208]");
        assertThat(open()).isEqualTo(new Lookup.Unknown<Fd>("this process is not in the initial user namespace"));
        Files.delete(proc.resolve("self/ns/user"));
        assertThat(open()).isInstanceOf(Lookup.Unknown.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyOtherErrorIsUnknown(Errno errno) {
        for (Call call : EnumSet.of(Call.OPENAT, Call.FSTATFS, Call.OPEN_BY_HANDLE_AT)) {
            long before = Objects.requireNonNull(answers.get(call));
            refuse(call, errno);
            boolean proof = call == Call.OPEN_BY_HANDLE_AT && errno == Errno.ESTALE;
            if (errno != Errno.EINTR) {
                assertThat(open()).as("%s", call).isInstanceOf(proof ? Lookup.Gone.class : Lookup.Unknown.class);
            }
            answers.put(call, before);
        }
    }

    @Test
    void anotherFileSystemAtTheMountPointIsUnknown() {
        refuse(Call.OPEN_BY_HANDLE_AT, Errno.ESTALE);
        fileSystem = 0x01021994L;
        assertThat(open()).isEqualTo(new Lookup.Unknown<Fd>("`/cgroups` is no longer a cgroup2 mount"));
    }

    @Test
    void missingCapabilityIsNamed() {
        refuse(Call.OPEN_BY_HANDLE_AT, Errno.EPERM);
        assertThat(open()).isEqualTo(new Lookup.Unknown<Fd>("open_by_handle_at failed with EPERM"));
        capabilities = 0;
        assertThat(open()).isEqualTo(new Lookup.Unknown<Fd>("this process lacks CAP_DAC_READ_SEARCH"));
    }

    private Lookup<Fd> open() {
        return new FileHandles(new Host(this::call), () -> Path.of("/cgroups"), proc).open(ID);
    }

    private void refuse(Call call, Errno errno) {
        answers.put(call, (long) -errno.number());
    }

    private void namespace(String link) throws IOException {
        Path file = Files.createDirectories(proc.resolve("self/ns")).resolve("user");
        Files.deleteIfExists(file);
        Files.createSymbolicLink(file, Path.of(link));
    }

    private long call(Call call, long a, long b, long c, long d, long e, long f) {
        if (call == Call.FSTATFS) {
            NativeBlock.at(b, 128, () -> true).putLong(0, fileSystem);
        } else if (call == Call.CAPGET) {
            NativeBlock.at(b, 24, () -> true).putInt(0, capabilities);
        } else if (call == Call.OPEN_BY_HANDLE_AT) {
            NativeBlock handle = NativeBlock.at(b, 16, () -> true);
            assertThat(handle.intAt(0)).isEqualTo(8);
            assertThat(handle.intAt(4)).isEqualTo(0xfe);
            asked = handle.longAt(8);
        }
        return MEMORY.contains(call)
                ? Syscalls.ofThisMachine().call(call, a, b, c, d, e, f)
                : answers.getOrDefault(call, (long) -Errno.ENOSYS.number());
    }
}
