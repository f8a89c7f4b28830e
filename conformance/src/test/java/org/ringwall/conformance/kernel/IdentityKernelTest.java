// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that the identity that a policy reads is that of the process: at address hooks, device and
 * sysctl.
 */
@KernelTest
final class IdentityKernelTest {
    private static final int EPERM = 1;
    private static final int ENXIO = 6;
    private static final RawAddress LOOPBACK = new RawAddress(true, U128.of(0x7f00_0001L));

    @ParameterizedTest
    @ValueSource(strings = {"pid", "cgroup", "ancestor", "netns"})
    void deniesOnlyTheCallerThatTheParameterNames(String what) {
        if (what.equals("netns")) {
            RunningKernel.needs(5, 14, "SO_NETNS_COOKIE, by which a process knows its network namespace");
        } else if (!what.equals("cgroup")) {
            RunningKernel.needs(6, 1, "pid and ancestors at devices and sysctls");
        }
        try (ChildCgroup outer = ChildCgroup.make();
                ChildCgroup inner = outer.child();
                ProbeProcess process = ProbeProcess.in(inner.path())) {
            Actor caller = process.caller();
            int level = caller.ancestors().size() - 1;
            long value = switch (what) {
                case "pid" -> caller.pid();
                case "cgroup" -> caller.cgroup();
                case "ancestor" -> caller.ancestor(level).orElseThrow();
                default -> caller.netns();
            };
            String field = what.equals("ancestor") ? "ancestor(" + level + ")" : what;
            Compilation compilation = compile(field, what, !what.equals("netns"));
            try (Enforced enforced = Enforced.on(outer, compilation.object(), set(compilation, value))) {
                assertThat(answers(process))
                        .as(what)
                        .allMatch(answer -> answer.refusedWith(EPERM) || what.equals("netns"));
                assertThat(connect(process).errno()).as(what).isEqualTo(EPERM);
                enforced.set(set(compilation, value + 1));
                assertThat(answers(process)).as(what).noneMatch(answer -> answer.refusedWith(EPERM));
            }
        }
    }

    @Test
    void aMissingAncestorLevelIsAbsent() {
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(cgroup.path())) {
            int level = process.caller().ancestors().size() + 1;
            String text = """
                    policy absent
                    egress {
                      deny if ancestor(%d) != 7
                      deny if ancestor(%d) in { 0 }
                      default allow
                    }
                    """.formatted(level, level);
            try (Enforced enforced = Enforced.on(cgroup, compile(text).object(), Map.of())) {
                assertThat(connect(process).errno()).isNotEqualTo(EPERM);
            }
        }
    }

    /**
     * ovl_permission checks the file below as the user who mounted the overlay, after the check of
     * the caller.
     */
    @Test
    void overlayfsInvokesTheHookForTheMounterToo(@TempDir Path folder) throws IOException {
        String text = """
                policy groups
                devices {
                  deny if dev in { char 195:0 } and gid != 2000
                  deny if dev in { char 195:1 } and gid == 2000
                  default allow
                }
                """;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path disk = Files.createDirectory(folder.resolve("disk"));
        // An overlay cannot be mounted on another overlay, which the temporary folder may be on.
        Command.run(folder, "mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "disk")
                .succeeded();
        for (String name : List.of("lower", "upper", "work", "merged")) {
            Files.createDirectory(disk.resolve(name));
        }
        String options = "lowerdir=lower,upperdir=upper,workdir=work";
        Command.run(disk, "mount", "-t", "overlay", "overlay", "-o", options, "merged")
                .succeeded();
        Path merged = disk.resolve("merged");
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(cgroup.path());
                Enforced enforced = Enforced.on(cgroup, compile(text).object(), Map.of())) {
            for (String minor : List.of("0", "1")) {
                Command.run(merged, "mknod", "-m", "666", minor, "c", "195", minor)
                        .succeeded();
            }
            Actor user = new Actor(1000, 2000);
            assertThat(process.open(user, merged.resolve("0"), 0).errno())
                    .as("the mounter's gid is not 2000")
                    .isEqualTo(EPERM);
            assertThat(process.open(user, merged.resolve("1"), 0).errno())
                    .as("the caller's gid is 2000")
                    .isEqualTo(EPERM);
            assertThat(process.open(new Actor(1000, 100), merged.resolve("1"), 0)
                            .errno())
                    .isEqualTo(ENXIO);
        } finally {
            Command.run(Path.of("/"), "umount", "-R", disk.toString()).succeeded();
        }
    }

    private static List<Answer> answers(ProbeProcess process) {
        Actor root = new Actor(0, 0);
        return List.of(
                connect(process),
                process.open(root, Path.of("/dev/null"), 0),
                process.readSysctl(root, "kernel/ostype"));
    }

    private static Answer connect(ProbeProcess process) {
        return process.socket(new Actor(0, 0), new SocketCall(SocketCall.Operation.CONNECT, 2, 1, 6, LOOPBACK, 4));
    }

    private static Map<Param, Long> set(Compilation compilation, long value) {
        Map<Param, Long> values = new TreeMap<>(java.util.Comparator.comparing(Param::name));
        compilation.policy().params().forEach(param -> values.put(param, value));
        return values;
    }

    private static Compilation compile(String field, String what, boolean everywhere) {
        String type = switch (what) {
            case "pid" -> "int";
            case "netns" -> "netns";
            default -> "cgroup";
        };
        String max = type.equals("int") ? "0xffffffff" : "0xffffffffffffffff";
        String blocks = Stream.of("egress", "devices", "sysctl")
                .filter(block -> everywhere || block.equals("egress"))
                .map(block -> block + " {\n  deny if " + field + " == who\n  default allow\n}\n")
                .collect(Collectors.joining());
        return compile("policy identity\nparam who : " + type + " in 1.." + max + " = 1\n" + blocks);
    }

    private static Compilation compile(String text) {
        KernelVersion oldest = RunningKernel.atLeast(6, 1) ? KernelVersion.V6_1 : KernelVersion.V5_10;
        Settings settings = new Settings(List.of(oldest), ByteOrder.LITTLE_ENDIAN, Map.of());
        return Compiler.compile(new SourceFile("identity.wall", text), settings)
                .compilation()
                .orElseThrow();
    }
}
