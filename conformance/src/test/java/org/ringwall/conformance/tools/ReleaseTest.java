// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

/** Runs `bin/release` in a repository of its own that has this project's files with versions. */
@ToolTest({"bash", "git"})
class ReleaseTest {
    private static final String RELEASE = "bpf/src/main/java/org/ringwall/bpf/object/Release.java";

    private static final List<String> FILES = List.of("bin/release", "pom.xml", "compiler/pom.xml", RELEASE);

    @TempDir
    private Path folder = Path.of("");

    private Path checkout = Path.of("");

    private Optional<GitCheckout> repository = Optional.empty();

    @BeforeEach
    void makeRepository() throws IOException {
        checkout = folder.resolve("checkout");
        repository = Optional.of(GitCheckout.of(
                checkout,
                FILES,
                Map.of(
                        "MVN", "true",
                        "RINGWALL_KERNELS", folder.resolve("kernels").toString(),
                        "HOME", folder.toString())));
        String pom = Files.readString(checkout.resolve("pom.xml"));
        Files.writeString(
                checkout.resolve("pom.xml"),
                pom.replaceFirst("(<ringwall.url>)[^<]*", "$1https://example.org/ringwall")
                        .replaceFirst("(?m)^  <version>[^<]*</version>$", "  <version>1.2.3-SNAPSHOT</version>"));
        replace("compiler/pom.xml", "(?m)^    <version>[^<]*</version>$", "    <version>1.2.3-SNAPSHOT</version>");
        Files.writeString(checkout.resolve("README.md"), "  <version>1.2.3-SNAPSHOT</version>\n");
        Files.writeString(checkout.resolve("CHANGELOG.md"), """
            # Changelog

            ## Unreleased

            ### Added

            - A change.

            ## 1.2.2 - 2026-01-01

            - An older one.
            """);
        for (String guest : List.of("5.10", "6.1", "6.12", "newest", "arm64")) {
            Files.createDirectories(folder.resolve("kernels").resolve(guest));
        }
        repository.orElseThrow().commitAll();
    }

    private void replace(String name, String pattern, String by) throws IOException {
        Path file = checkout.resolve(name);
        String text = Files.readString(file);
        assertThat(text).containsPattern(pattern);
        Files.writeString(file, text.replaceAll(pattern, by));
    }

    private void commit() {
        git("add", "--all");
        git("commit", "--quiet", "--message", "a commit");
    }

    private String git(String... words) {
        return repository.orElseThrow().git(words).succeeded();
    }

    private Command release(String... words) {
        return releaseWith("true", words);
    }

    private Command releaseWith(String maven, String... words) {
        List<String> all =
                new ArrayList<>(List.of(checkout.resolve("bin/release").toString()));
        all.addAll(List.of(words));
        return repository.orElseThrow().run(all, Map.of("MVN", maven));
    }

    /** Returns commit, tags and changed files: what a refused release leaves alone. */
    private String state() {
        return git("rev-parse", "HEAD") + git("tag", "--list") + git("status", "--porcelain");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "             | VERSION is missing",
                "--go         | VERSION is missing",
                "1.2          | `1.2` is not MAJOR.MINOR.PATCH",
                "v1.2.3       | `v1.2.3` is not MAJOR.MINOR.PATCH",
                "1.2.3-rc1    | `1.2.3-rc1` is not MAJOR.MINOR.PATCH",
                "1.02.3       | `1.02.3` is not MAJOR.MINOR.PATCH",
                "--goo 1.2.3  | there is no option `--goo`",
                "1.2.3 --go 4 | there is one VERSION, and `4` is a second"
            })
    void refusesWrongArguments(String words, String message) {
        String before = state();
        Command command = words == null ? release() : release(words.split(" ", -1));
        assertThat(command.status()).isEqualTo(2);
        assertThat(command.output()).startsWith("release: " + message).endsWith("  help: bin/release --help\n");
        assertThat(state()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h"})
    void printsHelp(String option) {
        assertThat(release(option).succeeded()).startsWith("usage: bin/release [--go] VERSION\n");
    }

    @Test
    void changesNothingInADryRun() {
        String before = state();
        assertThat(release("1.2.3").succeeded())
                .doesNotContain("failed")
                .contains("This was a dry run")
                .contains("-Dringwall.vm.kernels=5.10,6.1,6.12,newest,arm64");
        assertThat(state()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing is uncommitted                     | dirty",
                "a branch is checked out                    | detached",
                "there is no tag v1.2.3                     | tag v1.2.3",
                "v1.2.3 is newer than all tags              | tag v1.10.0",
                "pom.xml has a snapshot version (1.2.2)     | released",
                "pom.xml has the address of the repository  | address",
                "CHANGELOG.md has entries under Unreleased  | undescribed",
                "CHANGELOG.md has no section 1.2.3          | described",
                "guest kernels                              | kernels"
            })
    void refusesIfACheckFails(String check, String obstacle) throws IOException {
        obstruct(obstacle);
        String before = state();
        Command command = release("--go", "1.2.3");
        assertThat(command.status()).isEqualTo(1);
        assertThat(command.output())
                .contains("failed  " + check, "\n        help: ")
                .endsWith("release: nothing was done\n");
        assertThat(state()).isEqualTo(before);
    }

    private void obstruct(String obstacle) throws IOException {
        switch (obstacle) {
            case "dirty" -> Files.writeString(checkout.resolve("new"), "");
            case "detached" -> git("switch", "--quiet", "--detach");
            case "tag v1.2.3", "tag v1.10.0" -> git("tag", obstacle.substring("tag ".length()));
            case "released" -> replace("pom.xml", "1\\.2\\.3-SNAPSHOT", "1.2.2");
            case "address" -> replace("pom.xml", "https://example.org/ringwall", "https://ringwall.invalid/ringwall");
            case "undescribed" -> replace("CHANGELOG.md", "- A change.\n", "");
            case "described" -> replace("CHANGELOG.md", "1\\.2\\.2", "1.2.3");
            case "kernels" -> Files.delete(folder.resolve("kernels/6.12"));
            default -> throw new IllegalArgumentException(obstacle);
        }
        if (!obstacle.equals("dirty")) {
            git("add", "--all");
            git("commit", "--quiet", "--allow-empty", "--message", obstacle);
        }
    }

    @Test
    void commitsAndTagsTheVersionAndBeginsTheNext() throws IOException {
        assertThat(release("--go", "1.2.3").succeeded()).contains("git push origin HEAD v1.2.3");

        assertThat(git("status", "--porcelain")).isEmpty();
        assertThat(git("log", "--format=%s")).isEqualTo("release: Begin 1.2.4\nrelease: 1.2.3\na commit\n");
        assertThat(git("rev-parse", "v1.2.3^{commit}")).isEqualTo(git("rev-parse", "HEAD~1"));
        assertThat(git("show", "v1.2.3:pom.xml"))
                .contains("  <version>1.2.3</version>\n", "<tag>v1.2.3</tag>")
                .doesNotContain("<version>1.2.3-SNAPSHOT</version>");
        assertThat(git("show", "v1.2.3:compiler/pom.xml")).contains("    <version>1.2.3</version>\n");
        assertThat(git("show", "v1.2.3:README.md")).isEqualTo("  <version>1.2.3</version>\n");
        assertThat(git("show", "v1.2.3:" + RELEASE)).contains("VERSION = \"1.2.3\"");
        assertThat(git("show", "v1.2.3:CHANGELOG.md"))
                .containsPattern(
                        "## Unreleased\n\n## 1\\.2\\.3 - \\d{4}-\\d\\d-\\d\\d\n\n### Added\n\n- A change\\.\n");
        assertThat(Files.readString(checkout.resolve("pom.xml")))
                .contains("  <version>1.2.4-SNAPSHOT</version>\n", "<tag>HEAD</tag>");
        assertThat(Files.readString(checkout.resolve(RELEASE))).contains("VERSION = \"1.2.4\"");
    }

    @Test
    void commitsNothingIfTestsFail() throws IOException {
        Path maven = folder.resolve("mvn");
        Files.writeString(maven, "#!/bin/sh\n[ \"$1\" = --version ]\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();

        Command command = releaseWith(maven.toString(), "--go", "1.2.3");

        assertThat(command.status()).isEqualTo(1);
        assertThat(command.output()).contains("release: failed, and no commit was made\n  help: git restore .");
        assertThat(git("log", "--format=%s")).isEqualTo("a commit\n");
        assertThat(git("tag", "--list")).isEmpty();
        git("restore", ".");
        assertThat(git("status", "--porcelain")).isEmpty();
    }
}
