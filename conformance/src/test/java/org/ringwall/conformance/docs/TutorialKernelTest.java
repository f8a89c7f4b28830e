// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;

/**
 * A test of docs/tutorial.md: saves its policies and runs its commands in a shell, in the order of
 * the page.
 */
@KernelTest
class TutorialKernelTest {
    private static final String POLICY = "my-agent.wall";
    /**
     * The network namespace is private: no process listens in it, and no packet leaves the machine.
     */
    private static final List<String> SHELL =
            List.of("unshare", "--net", "bash", "-c", "ip link set lo up; sudo() { \"$@\"; }; eval \"$1\"", "bash");

    @TempDir
    private Path dir = Path.of("");

    /** A command and the lines that the page shows after it. */
    private record Shown(String command, List<String> lines) {
        Pattern pattern() {
            return Pattern.compile(lines.stream().map(Shown::pattern).collect(Collectors.joining()));
        }

        private static String pattern(String line) {
            return line.equals("…")
                    ? "(?:.*\\n)*"
                    : Stream.of(line.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")) + "\\n";
        }
    }

    @Test
    void everyCommandSaysWhatThePageShows() throws IOException, InterruptedException {
        List<String> typed = new ArrayList<>();
        for (Document.Block block : Document.of("docs/tutorial.md").blocks()) {
            if (block.language().equals("wall")) {
                Files.writeString(dir.resolve(POLICY), block.body());
            } else if (block.language().equals("console")) {
                for (Shown shown : shown(block.body())) {
                    assertThat(output(shown.command())).as(shown.command()).matches(shown.pattern());
                    typed.add(shown.command());
                }
            }
        }
        assertThat(typed).hasSizeGreaterThan(9).anyMatch(command -> command.startsWith("sudo ringwall run"));
    }

    private static List<Shown> shown(String block) {
        List<Shown> all = new ArrayList<>();
        for (String line : block.lines().toList()) {
            if (line.startsWith("$ ")) {
                all.add(new Shown(line.substring(2), new ArrayList<>()));
            } else {
                all.get(all.size() - 1).lines().add(line);
            }
        }
        return all;
    }

    /** Returns what a command prints on both streams. */
    private String output(String command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(SHELL);
        words.add(command);
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(dir.toFile()).redirectErrorStream(true);
        builder.environment().merge("PATH", Document.root().resolve("bin") + ":", (path, bin) -> bin + path);
        Path output = dir.resolve("output");
        Process process = builder.redirectOutput(output.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
        return Files.readString(output);
    }
}
