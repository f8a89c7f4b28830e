// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;

/**
 * A git repository of its own in a folder, with copies of files of this project.
 *
 * @param root the work tree
 * @param environment what its commands find in their environment besides
 */
record GitCheckout(Path root, Map<String, String> environment) {
    /** Creates a folder with copies of these files of the project, without a repository yet. */
    static GitCheckout of(Path root, List<String> files, Map<String, String> environment) throws IOException {
        for (String name : files) {
            Path copy = root.resolve(name);
            Files.createDirectories(copy.resolveSibling("."));
            Files.copy(GoldenCase.projectRoot().resolve(name), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
        return new GitCheckout(root, environment);
    }

    /** Makes it a repository with one commit of all files. */
    void commitAll() {
        git("init", "--quiet", "--initial-branch=main").succeeded();
        git("add", "--all").succeeded();
        git("commit", "--quiet", "--message", "a commit").succeeded();
    }

    Command git(String... words) {
        List<String> all = new ArrayList<>(List.of("git", "-C", root.toString()));
        all.addAll(List.of(words));
        return run(all, Map.of());
    }

    /** Runs a command; its environment overrides that of all commands. */
    Command run(List<String> words, Map<String, String> own) {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment()
                .putAll(Map.of(
                        "GIT_CONFIG_NOSYSTEM", "1",
                        "GIT_CONFIG_GLOBAL", "/dev/null",
                        "GIT_AUTHOR_NAME", "a",
                        "GIT_AUTHOR_EMAIL", "a@example.org",
                        "GIT_COMMITTER_NAME", "a",
                        "GIT_COMMITTER_EMAIL", "a@example.org"));
        builder.environment().putAll(environment);
        builder.environment().putAll(own);
        return Command.run(root.resolveSibling("."), builder);
    }
}
