// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code compile} overwrites only objects and dependency files. */
class OutputFilesTest {
    private static final String POLICY = """
            policy web
            include "common.wall"
            egress { deny if remote.ip in feed; default allow }
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void writePolicy() throws IOException {
        write("web.wall", POLICY);
        write("common.wall", "set feed = file \"feed.txt\"\n");
        write("feed.txt", "192.0.2.1\n");
        write("other.wall", "policy other\negress { default deny }\n");
        write("notes.txt", "notes\n");
        write("empty", "");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    /** Returns the content of each file of the folder, or the target of a symbolic link. */
    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                String name = file.getFileName().toString();
                files.put(
                        name,
                        Files.isSymbolicLink(file)
                                ? "-> " + Files.readSymbolicLink(file)
                                : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return files;
    }

    @Test
    void writesTheObjectsOfSeveralPoliciesBesideEachOther() throws IOException {
        Path objects = Files.createDirectory(folder.resolve("objects"));
        Path other = Files.createDirectory(folder.resolve("other"));
        write("bad.wall", "policy bad egress { allow }");
        Files.writeString(other.resolve("web.wall"), "policy other; devices { default deny }");
        write("last.wall", "policy last; devices { default deny }");
        Files.writeString(objects.resolve("kept.o"), "notes");
        write("kept.wall", "policy kept; devices { default deny }");
        Run run = Run.of(
                "compile",
                path("bad.wall"),
                path("web.wall"),
                path("other/web.wall"),
                path("missing.wall"),
                path("kept.wall"),
                path("last.wall"),
                "-o",
                path("objects"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("bad.wall:1:", "`" + path("objects/web.o") + "` is that of another policy", "missing.wall")
                .contains("cannot write `" + path("objects/kept.o") + "`");
        assertThat(run.out()).contains("web.o: policy `", "last.o: policy `last`");
        try (Stream<Path> files = Files.list(objects)) {
            assertThat(files)
                    .map(Path::getFileName)
                    .map(Path::toString)
                    .containsExactlyInAnyOrder("kept.o", "last.o", "web.o");
        }
        assertThat(objects.resolve("kept.o")).hasContent("notes");
        assertThat(Run.of("compile", path("web.wall"), path("last.wall"), "-o", path("objects"))
                        .code())
                .isZero();
    }

    @Test
    void namesAFolderForSeveralPolicies() {
        Run run = Run.of("compile", path("web.wall"), path("common.wall"), "-o", path("new.o"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("new.o` is not a folder, and there are 2 policies\n  = help: ");
        Run deps = Run.of("compile", path("web.wall"), "-o", folder.toString(), "--deps", path("d"));
        assertThat(deps.code()).isEqualTo(1);
        assertThat(deps.err()).contains("`--deps` needs one object\n  = help: name it");
        assertThat(folder.resolve("web.o")).doesNotExist();
    }

    private void refuses(String reason, String... outputs) throws IOException {
        Map<String, String> before = files();
        List<String> words = new ArrayList<>(List.of("compile", path("web.wall")));
        words.addAll(List.of(outputs));
        for (String[] arguments : List.of(words.toArray(String[]::new), quoted(words))) {
            Run run = Run.of(arguments);
            assertThat(run.err()).as("%s", words).contains("error: cannot write `", reason, "\n  = help: ");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(files()).isEqualTo(before);
        }
    }

    /** Returns the same arguments in a form that only the full argument parser accepts. */
    private static String[] quoted(List<String> words) {
        List<String> all = new ArrayList<>(words);
        all.add("--endian=little");
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--deps"})
    void neverOverwritesAnInput(String option) throws IOException {
        Files.createSymbolicLink(folder.resolve("link.o"), Path.of("web.wall"));
        Files.createLink(folder.resolve("hard.o"), folder.resolve("web.wall"));
        Files.createSymbolicLink(folder.resolve("linklink.o"), Path.of("link.o"));
        Files.createLink(folder.resolve("hardlist.o"), folder.resolve("feed.txt"));
        Files.createSymbolicLink(folder.resolve("same"), folder);
        for (String name : List.of(
                "web.wall",
                "common.wall",
                "feed.txt",
                "./web.wall",
                "same/feed.txt",
                "link.o",
                "linklink.o",
                "hard.o",
                "hardlist.o")) {
            refuses("is an input of the same compilation", outputs(option, path(name)));
        }
    }

    private String[] outputs(String option, String file) {
        return option.equals("-o") ? new String[] {"-o", file} : new String[] {"-o", path("new.o"), "--deps", file};
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--deps"})
    void neverOverwritesAnEmptyInput(String option) throws IOException {
        write("feed.txt", "");
        refuses("is an input of the same compilation", outputs(option, path("feed.txt")));
    }

    @Test
    void neverOverwritesAnObjectWithDependencies() throws IOException {
        String object = path("web.o");
        assertThat(Run.of("compile", path("web.wall"), "-o", object).code()).isEqualTo(0);
        Map<String, String> before = files();
        Run run = Run.of("compile", path("other.wall"), "-o", path("other.o"), "--deps", object);
        assertThat(run.err()).contains("exists and is not a dependency file");
        assertThat(files()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--deps"})
    void neverWritesAPolicy(String option) throws IOException {
        refuses("its name ends in `.wall`, as that of a policy", outputs(option, path("other.wall")));
        refuses("its name ends in `.wall`, as that of a policy", outputs(option, path("absent.wall")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--deps"})
    void neverOverwritesAFileOfAnotherKind(String option) throws IOException {
        String kind = option.equals("-o") ? "is not an ELF object" : "is not a dependency file";
        refuses("exists and " + kind, outputs(option, path("notes.txt")));
        Files.createSymbolicLink(folder.resolve("link.txt"), Path.of("notes.txt"));
        refuses("exists and " + kind, outputs(option, path("link.txt")));
        write("Makefile", "all: web.o\n\nweb.o: web.wall\n\tringwallc compile web.wall -o web.o\n");
        refuses("exists and " + kind, outputs(option, path("Makefile")));
        write("short", "\u007fEL");
        refuses("exists and " + kind, outputs(option, path("short")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--deps"})
    void neverReplacesADanglingLink(String option) throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), Path.of("absent"));
        refuses("is a symbolic link to a file that does not exist", outputs(option, path("link")));
    }

    @Test
    void neverWritesBothOutputsToOneFile() throws IOException {
        refuses("`-o` and `--deps` name the same file", "-o", path("new.o"), "--deps", path("./new.o"));
        refuses("`-o` and `--deps` name the same file", "-o", path("empty"), "--deps", path("empty"));
    }

    @Test
    void overwritesAnObjectADependencyFileAndAnEmptyFile() throws IOException {
        String[] words = {"compile", path("web.wall"), "-o", path("new.o"), "--deps", path("new.d")};
        assertThat(Run.of(words)).extracting(Run::code, Run::err).containsExactly(0, "");
        Map<String, String> first = files();
        write("new.o", "\u007fELF of another compiler");
        assertThat(Run.of(words)).extracting(Run::code, Run::err).containsExactly(0, "");
        assertThat(files()).isEqualTo(first);
        assertThat(Run.of("compile", path("web.wall"), "-o", path("empty"))).returns(0, Run::code);
        assertThat(files()).containsEntry("empty", first.get("new.o"));
    }

    @Test
    void writesThroughALink() throws IOException {
        Path below = Files.createDirectory(folder.resolve("below"));
        Files.writeString(below.resolve("web.o"), "");
        Files.createSymbolicLink(folder.resolve("link.o"), Path.of("below/web.o"));
        assertThat(Run.of("compile", path("web.wall"), "-o", path("link.o"))).returns(0, Run::code);
        assertThat(folder.resolve("link.o")).isSymbolicLink();
        assertThat(Files.readAllBytes(below.resolve("web.o"))).startsWith(0x7f, 'E', 'L', 'F');
        try (Stream<Path> all = Files.list(below)) {
            assertThat(all).hasSize(1);
        }
    }

    @Test
    void writesToADevice() throws IOException {
        Map<String, String> before = files();
        assertThat(Run.of("compile", path("web.wall"), "-o", "/dev/null", "--deps", "/dev/null"))
                .returns(0, Run::code);
        assertThat(files()).isEqualTo(before);
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    /** The shell opens the file, and the name `/dev/stdout` refers to it. */
    @Test
    void writesThroughAnOpenFileDescriptor() throws IOException, InterruptedException {
        assertThat(shell("exec 3> '" + path("new.o") + "'; JAVA compile '" + path("web.wall") + "' -o /dev/fd/3"))
                .isEqualTo(0);
        assertThat(Files.readAllBytes(folder.resolve("new.o"))).startsWith(0x7f, 'E', 'L', 'F');
        assertThat(Path.of("/dev/fd")).isSymbolicLink();
    }

    /** With a limit on the file size, every write fails. */
    @Test
    void aFailedWriteLeavesTheOldFile() throws IOException, InterruptedException {
        assertThat(Run.of("compile", path("other.wall"), "-o", path("new.o")).code())
                .isEqualTo(0);
        Map<String, String> before = files();
        assertThat(shell("ulimit -f 0; JAVA compile '" + path("web.wall") + "' -o '" + path("new.o") + "'"))
                .isEqualTo(1);
        assertThat(files()).isEqualTo(before);
    }

    private static int shell(String script) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        assumeThat(Path.of("/bin/sh")).exists();
        String command = "'" + java + "' -XX:-UsePerfData -cp \"$CLASSES\" org.ringwall.compiler.cli.Ringwallc";
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script.replace("JAVA", command));
        builder.environment().put("CLASSES", System.getProperty("java.class.path"));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        return builder.start().waitFor();
    }
}
