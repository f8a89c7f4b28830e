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
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

/**
 * Commits under `.githooks/pre-commit` in a repository of their own. In place of Maven runs a
 * script that reads the same options, and removes spaces at the ends of lines of the files whose
 * whole paths match.
 */
@ToolTest({"bash", "git", "python3"})
class CommitHookTest {
    private static final String FORMATTER = """
            #!/usr/bin/env python3
            import os, re, sys
            options = sys.argv[1:]
            modules = options[options.index('-pl') + 1].split(',')
            files = [option for option in options if option.startswith('-DspotlessFiles=')][0].split('=', 1)[1]
            print(options, file=open('formatter.log', 'w'))
            for module in modules:
                for folder, _, names in os.walk(module + '/src'):
                    for name in names:
                        path = os.path.abspath(os.path.join(folder, name))
                        if any(re.fullmatch(each, path) for each in files.split(',')):
                            text = open(path).read()
                            if 'no Java' in text:
                                sys.exit(path + ': does not parse')
                            open(path, 'w').write(re.sub(' +$', '', text, flags=re.M))
            """;

    private static final String MAIN = "one/src/main/java/a/A.java";
    private static final String TEST = "two/src/test/java/b/B.java";
    private static final String ODD = "two/src/main/java/b/C$1+x.java";
    private static final String UNSTAGED = "one/src/main/java/a/Other.java";

    @TempDir
    private Path folder = Path.of("");

    private Path checkout = Path.of("");

    private Optional<GitCheckout> repository = Optional.empty();

    @BeforeEach
    void makeRepository() throws IOException {
        checkout = folder.resolve("checkout");
        repository = Optional.of(GitCheckout.of(
                checkout,
                List.of(".githooks/pre-commit"),
                Map.of("MVN", checkout.resolve("formatter").toString())));
        write("formatter", FORMATTER);
        assertThat(checkout.resolve("formatter").toFile().setExecutable(true)).isTrue();
        write(".gitignore", "/formatter*\n");
        for (String module : List.of("one", "two")) {
            write(module + "/pom.xml", "<project/>\n");
        }
        repository.orElseThrow().commitAll();
        git("config", "core.hooksPath", ".githooks").succeeded();
    }

    @Test
    void stagedJavaFilesAreFormattedAndCommittedSo() throws IOException {
        write(MAIN, "class A {} \n");
        write(TEST, "class B {}  \n");
        write(ODD, "class C {}  \n");
        write("one/notes.txt", "text \n");
        git("add", "--all").succeeded();
        write(UNSTAGED, "class Other {} \n");
        commit().succeeded();
        assertThat(committed(MAIN)).isEqualTo("class A {}\n");
        assertThat(committed(TEST)).isEqualTo("class B {}\n");
        assertThat(committed(ODD)).isEqualTo("class C {}\n");
        assertThat(committed("one/notes.txt")).isEqualTo("text \n");
        assertThat(Files.readString(checkout.resolve(UNSTAGED))).isEqualTo("class Other {} \n");
        assertThat(git("status", "--porcelain").succeeded()).isEqualTo("?? " + UNSTAGED + "\n");
    }

    @Test
    void aPartiallyStagedFileIsRefusedAndLeftAlone() throws IOException {
        write(MAIN, "class A {} \n");
        git("add", MAIN).succeeded();
        write(MAIN, "class A {} \n// later \n");
        Command refused = commit();
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output())
                .contains("these files have changes that are not staged:\n    " + MAIN)
                .contains("git add")
                .contains("git stash --keep-index");
        assertThat(Files.readString(checkout.resolve(MAIN))).isEqualTo("class A {} \n// later \n");
        assertThat(git("show", ":" + MAIN).succeeded()).isEqualTo("class A {} \n");
        assertThat(git("log", "--oneline").succeeded().lines()).hasSize(1);
    }

    @Test
    void aFileThatCannotBeFormattedIsNotCommitted() throws IOException {
        write(MAIN, "no Java\n");
        git("add", "--all").succeeded();
        Command refused = commit();
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("does not parse").contains("could not format the staged files");
        assertThat(git("log", "--oneline").succeeded().lines()).hasSize(1);
    }

    @Test
    void commitsWithoutJavaOfModulesStartNoFormatter() throws IOException {
        write("one/src/main/resources/project/src/main/java/T.java", "class T {} \n");
        write("README.md", "text \n");
        git("add", "--all").succeeded();
        commit().succeeded();
        git("rm", "--quiet", "one/src/main/resources/project/src/main/java/T.java")
                .succeeded();
        commit().succeeded();
        assertThat(checkout.resolve("formatter.log")).doesNotExist();
    }

    @Test
    void aCommitOfNamedFilesIsRefusedIfTheirFormatChanges() throws IOException {
        write(MAIN, "class A {}\n");
        git("add", "--all").succeeded();
        commit().succeeded();
        write(MAIN, "class A { int a; } \n");
        Command refused = commit(MAIN);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("a commit of named files cannot take that in");
        commit(MAIN).succeeded();
        assertThat(committed(MAIN)).isEqualTo("class A { int a; }\n");
        assertThat(git("status", "--porcelain").succeeded()).isEmpty();
    }

    private void write(String name, String text) throws IOException {
        Path file = checkout.resolve(name);
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, text);
    }

    private String committed(String name) {
        return git("show", "HEAD:" + name).succeeded();
    }

    private Command commit(String... files) {
        List<String> words = new ArrayList<>(List.of("commit", "--quiet", "--message", "a change", "--"));
        words.addAll(List.of(files));
        return git(words.toArray(String[]::new));
    }

    private Command git(String... words) {
        return repository.orElseThrow().git(words);
    }
}
