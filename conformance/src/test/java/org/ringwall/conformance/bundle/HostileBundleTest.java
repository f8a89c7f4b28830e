// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** A test that a bundle is refused before any call of bpf(2). */
final class HostileBundleTest {
    @TempDir
    private Path folder = Path.of("");

    private byte[] sound() throws IOException {
        Files.writeString(folder.resolve("web.wall"), "policy web\negress { default deny }\n");
        return PolicyBundle.compile(
                        "agents", "7", List.of(Path.of("web.wall")), List.of(), Options.DEFAULT.withBase(folder))
                .bundle()
                .orElseThrow()
                .content();
    }

    /** Returns the calls of bpf(2) of one command, and appends what it said to a list. */
    private List<String> calls(byte[] bundle, String command, Path cgroup, List<String> said) throws IOException {
        Path file = Files.write(folder.resolve("x.wallpack"), bundle);
        Path log = folder.resolve("strace");
        List<String> words = new ArrayList<>(List.of("strace", "-f", "-qq", "-e", "trace=bpf", "-o", log.toString()));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ringwall.host.cli.Main",
                command,
                file.toString()));
        if (command.equals("apply")) {
            words.addAll(List.of("--dry-run", "--cgroup", cgroup.toString()));
        }
        said.add(Command.run(folder, words).output());
        return Files.readAllLines(log).stream()
                .filter(call -> call.contains("bpf("))
                .toList();
    }

    @Test
    @KernelTest
    @ToolTest("strace")
    void aHostileBundleReachesNoSystemCall() throws IOException {
        byte[] sound = sound();
        Map<String, byte[]> hostile = new LinkedHashMap<>();
        hostile.put("does not have the SHA-256 of the manifest", changed(sound, sound.length - 1536));
        hostile.put("has a header with a wrong checksum", changed(sound, 150));
        hostile.put("there is data after its end", Arrays.copyOf(sound, sound.length + 1));
        hostile.put("it is truncated at byte", Arrays.copyOf(sound, sound.length - 512));
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            List<String> said = new ArrayList<>();
            assertThat(calls(sound, "apply", cgroup.path(), said))
                    .as("%s", said)
                    .isNotEmpty();
            for (Map.Entry<String, byte[]> each : hostile.entrySet()) {
                for (String command : List.of("apply", "inspect")) {
                    said.clear();
                    assertThat(calls(each.getValue(), command, cgroup.path(), said))
                            .isEmpty();
                    assertThat(said.get(0))
                            .startsWith("ringwall: the bundle `" + folder.resolve("x.wallpack") + "` is refused: ")
                            .contains(each.getKey())
                            .containsPattern("\n  help: .+\n$");
                }
            }
        }
    }

    private static byte[] changed(byte[] from, int at) {
        byte[] changed = from.clone();
        changed[at] ^= 1;
        return changed;
    }
}
