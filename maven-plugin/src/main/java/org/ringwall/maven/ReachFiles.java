// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;

/** The accepted reach reports of the policies of a folder, one file for each policy. */
final class ReachFiles {
    private static final String ENDING = ".txt";

    private final PolicyFolder folder;
    private final Path reports;
    private final Messages messages;

    /**
     * Creates the reports.
     *
     * @param reports their folder, an absolute path
     */
    ReachFiles(PolicyFolder folder, Path reports, Messages messages) {
        this.folder = folder;
        this.reports = reports;
        this.messages = messages;
    }

    /** Returns a key that changes with every file. */
    String state() throws MojoExecutionException {
        if (!Files.isDirectory(reports)) {
            return reports.toString();
        }
        StringBuilder state = new StringBuilder(reports.toString());
        try (Stream<Path> files = Files.walk(reports)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                state.append(' ')
                        .append(file)
                        .append(' ')
                        .append(FileState.of(file).sha256());
            }
        } catch (IOException e) {
            throw Failures.cannot("read", reports, e);
        }
        return state.toString();
    }

    /**
     * Compares the reach of a policy with its file, or writes it.
     *
     * @return whether a difference was reported
     */
    boolean reported(Compiled policy, boolean update) throws MojoExecutionException {
        Path file = reports.resolve(folder.stem(policy.file()) + ENDING);
        String now = policy.policy().reach().text(false);
        try {
            if (!Files.isRegularFile(file)) {
                if (update) {
                    Files.createDirectories(file.getParent());
                    Files.writeString(file, now);
                    return false;
                }
                messages.error(policy.file() + ":[1,1] there is no reach report `" + file + "`; read the output of"
                        + " `ringwallc reach`, and accept it with -Dringwall.updateReach");
                return true;
            }
            // Checkouts can convert line ends.
            String accepted = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace("\r\n", "\n");
            if (accepted.equals(now)) {
                return false;
            }
            if (update) {
                Files.writeString(file, now);
                return false;
            }
            messages.error(
                    difference(file, accepted.lines().toList(), now.lines().toList())
                            + "\naccept it with -Dringwall.updateReach, and review the change of the file");
            return true;
        } catch (IOException e) {
            throw Failures.cannot(update ? "write" : "read", file, e);
        }
    }

    /** Returns a message with the lines that only one of two reports has, at the first of them. */
    private static String difference(Path file, List<String> accepted, List<String> now) {
        int same = 0;
        while (same < accepted.size() && same < now.size() && accepted.get(same).equals(now.get(same))) {
            same++;
        }
        StringBuilder text = new StringBuilder()
                .append(file)
                .append(":[")
                .append(same + 1)
                .append(",1] the reach of the policy has changed");
        accepted.stream()
                .filter(line -> !now.contains(line))
                .forEach(line -> text.append("\n- ").append(line));
        now.stream()
                .filter(line -> !accepted.contains(line))
                .forEach(line -> text.append("\n+ ").append(line));
        return text.toString();
    }
}
