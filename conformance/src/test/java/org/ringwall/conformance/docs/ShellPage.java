// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.testkit.Guard;

/**
 * Runs of the commands of a page in a shell, in the order of the page, with a comparison of their
 * output.
 *
 * @param dir where the commands run
 * @param policy the name of the file in which each policy of the page is saved
 * @param here the replacements of the page's text by this host's
 * @param shell the words that start a shell, to which a command is added
 */
record ShellPage(Path dir, String policy, Map<String, String> here, List<String> shell) {
    /**
     * The network namespace is private: no process listens in it, and no packet leaves the machine.
     */
    private static final List<String> SHELL =
            List.of("unshare", "--net", "bash", "-c", "ip link set lo up; sudo() { \"$@\"; }; eval \"$1\"", "bash");

    /** Creates runs in a network namespace of each command. */
    ShellPage(Path dir, String policy, Map<String, String> here) {
        this(dir, policy, here, SHELL);
    }

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

    /** What happens before the first command that follows a policy. */
    interface Saved {
        void run() throws IOException, InterruptedException;
    }

    /** Saves policies and runs commands. Returns the commands. */
    List<String> run(String page, Saved saved) throws IOException, InterruptedException {
        List<String> typed = new ArrayList<>();
        for (Document.Block block : Document.of(page).blocks()) {
            if (block.language().equals("wall")) {
                Files.writeString(dir.resolve(policy), block.body());
                saved.run();
            } else if (block.language().equals("console")) {
                for (Shown shown : shown(block.body())) {
                    assertThat(output(shown.command())).as(shown.command()).matches(shown.pattern());
                    typed.add(shown.command());
                }
            }
        }
        return typed;
    }

    private List<Shown> shown(String block) {
        List<Shown> all = new ArrayList<>();
        for (String shown : block.lines().toList()) {
            String line = shown;
            for (Map.Entry<String, String> each : here.entrySet()) {
                line = line.replace(each.getKey(), each.getValue());
            }
            if (line.startsWith("$ ")) {
                all.add(new Shown(line.substring(2), new ArrayList<>()));
            } else {
                all.get(all.size() - 1).lines().add(line);
            }
        }
        return all;
    }

    /** Returns what a command prints on both streams. */
    String output(String command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(shell);
        words.add(command);
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(dir.toFile()).redirectErrorStream(true);
        String bin = Document.root().resolve("bin") + ":/usr/sbin:";
        builder.environment().merge("PATH", bin, (path, more) -> more + path);
        builder.environment().put("RINGWALL_JOURNAL", "");
        Path output = dir.resolve("output");
        Process process = builder.redirectOutput(output.toFile()).start();
        Guard.exit(process);
        return Files.readString(output);
    }
}
