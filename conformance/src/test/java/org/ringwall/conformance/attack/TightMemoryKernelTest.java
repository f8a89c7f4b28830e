// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.state.Caller;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of a loader with too little memory for a policy: either the policy is in force, or nothing
 * has changed.
 */
@KernelTest
class TightMemoryKernelTest {
    private static final int REFUSED = 3;
    private static final String LIMIT = Long.toString(160L << 20);

    private final String name = "tight_" + ProcessHandle.current().pid();
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void clean() throws IOException, InterruptedException {
        try {
            // 1 if the kernel cannot run the test, so that nothing was applied.
            assertThat(ringwall(List.of(), "remove", name)).isIn(0, 1);
        } finally {
            caller.close();
            cgroup.close();
        }
    }

    private String object(String keeps, String rule) throws IOException {
        String policy = "policy " + name + "\n" + keeps + "\nparam closed : port in 1..1023 = 9\negress {\n"
                + "  deny if remote.port == closed\n  " + rule + "\n  default allow\n}";
        Path object = folder.resolve("tight.o");
        Files.write(object, PolicyObjects.elf("tight.wall", policy));
        return object.toString();
    }

    private long denied(int port) {
        return Attacked.connects(caller, 1, "127.0.0.1:" + port).denied();
    }

    /**
     * Before 5.11 maps and programs count against RLIMIT_MEMLOCK, which the loader cannot raise
     * without CAP_SYS_RESOURCE.
     */
    @Test
    void anApplyUnderALockedMemoryLimitIsCompleteOrRefused() throws IOException, InterruptedException {
        String object = object("live set blocked : net max 1000", "deny if remote.ip in blocked");
        List<String> tight = List.of("prlimit", "--memlock=4096:4096", "setpriv", "--bounding-set", "-sys_resource");
        int expected = RunningKernel.atLeast(5, 11) ? 0 : REFUSED;
        assertThat(ringwall(tight, "apply", object, "--cgroup", cgroup.path().toString()))
                .isEqualTo(expected);
        assertThat(denied(9)).isEqualTo(expected == 0 ? 1 : 0);
        if (expected != 0) {
            assertThat(ringwall(
                            List.of(),
                            "apply",
                            object,
                            "--cgroup",
                            cgroup.path().toString()))
                    .isZero();
        }
        assertThat(ringwall(tight, "apply", object, "--param", "closed=10")).isEqualTo(expected);
        assertThat(denied(9)).isEqualTo(expected == 0 ? 0 : 1);
        assertThat(denied(10)).isEqualTo(expected == 0 ? 1 : 0);
    }

    /**
     * From 5.11 on the loader's objects are charged to its memory cgroup; the buckets of this rate
     * exceed the limit.
     */
    @Test
    void anUpgradeUnderAMemoryCgroupLimitKeepsTheOldVersion() throws IOException, InterruptedException {
        RunningKernel.needs(5, 11, "memory of BPF in memory cgroups");
        assertThat(ringwall(
                        List.of(),
                        "apply",
                        object("", ""),
                        "--cgroup",
                        cgroup.path().toString()))
                .isZero();
        String larger = object(
                "rate each per remote.port 1/s burst 5 max 6000000",
                "allow if remote.port == 11 within each else deny");
        Path memory = memory();
        try {
            List<String> tight = List.of("sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", memory.toString());
            int ended = ringwall(tight, "apply", larger, "--param", "closed=10");
            assertThat(ended).isIn(REFUSED, 137);
        } finally {
            Files.delete(memory);
        }
        assertThat(denied(9)).isEqualTo(1);
        assertThat(denied(10)).isZero();
        assertThat(ringwall(List.of(), "recover")).isZero();
        assertThat(denied(9)).isEqualTo(1);
        assertThat(denied(10)).isZero();
    }

    /** Returns a new memory cgroup with a limit, in either version of the hierarchy. */
    private static Path memory() throws IOException {
        String folder = "ringwall-tight-" + ProcessHandle.current().pid();
        Path root = Path.of("/sys/fs/cgroup");
        for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (fields[1].equals("memory")) {
                Path own = root.resolve("memory").resolve("." + fields[2]).normalize();
                return limited(own.resolve(folder), "memory.limit_in_bytes");
            }
        }
        Path children = root.resolve("cgroup.subtree_control");
        if (!Files.exists(children) || !Files.readString(children).contains("memory")) {
            throw RunningKernel.lacks("a memory cgroup for this test");
        }
        return limited(root.resolve(folder), "memory.max");
    }

    private static Path limited(Path memory, String file) throws IOException {
        Files.createDirectory(memory);
        Files.writeString(memory.resolve(file), LIMIT);
        return memory;
    }

    /** Returns the exit code of a command, 137 if it was killed. */
    private static int ringwall(List<String> starter, String... words) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(starter);
        all.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ringwall.host.cli.Main"));
        all.addAll(List.of(words));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.print(said);
        return Guard.exit(process);
    }
}
