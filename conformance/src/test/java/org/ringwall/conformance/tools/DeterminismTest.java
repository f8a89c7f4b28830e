// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

/**
 * A test that equal policies compile to equal bytes, independently of place, time and user, and
 * that the compiler starts no other program.
 */
class DeterminismTest {
    @TempDir
    Path directory;

    /**
     * Turkish has a dotted capital i, the Arabic locale has other digits, and the time zone's
     * offset includes half an hour.
     */
    @TestFactory
    Stream<DynamicTest> localeAndTimeZoneDoNotMatter() {
        return Samples.all().stream()
                .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> {
                    byte[] here = Samples.compile(path).elf().toArray();
                    for (String tag : List.of("tr-TR", "ar-EG-u-nu-arab", "th-TH-u-ca-buddhist-nu-thai")) {
                        assertThat(compiledIn(Locale.forLanguageTag(tag), path))
                                .as(tag)
                                .isEqualTo(here);
                    }
                }));
    }

    private static byte[] compiledIn(Locale locale, Path path) {
        Locale before = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        try {
            Locale.setDefault(locale);
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));
            return Samples.compile(path).elf().toArray();
        } finally {
            Locale.setDefault(before);
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void unusualLocaleAndEncodingGiveTheSameObjects() throws IOException {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        ProcessBuilder builder = new ProcessBuilder(Compilations.command(
                List.of(
                        "-Dfile.encoding=ISO-8859-9",
                        "-Duser.language=tr",
                        "-Duser.country=TR",
                        "-Duser.timezone=Pacific/Chatham",
                        "-Dline.separator=\r\n"),
                directory,
                copies(elsewhere)));
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of("LANG", "tr_TR.ISO-8859-9", "LC_ALL", "C", "USER", "nobody", "PATH", "/bin"));
        Command.run(elsewhere, builder).succeeded();
        compareAll();
    }

    @Test
    void compilesWithoutAPathVariable() throws IOException {
        Command.run(directory, withoutPath(Compilations.command(List.of(), directory, Samples.all())))
                .succeeded();
        compareAll();
    }

    /** Uses strace, found on the test's PATH: the only program that is executed is the JVM. */
    @ToolTest("strace")
    @Test
    void compilingStartsNoOtherProcess() throws IOException {
        List<String> command =
                Compilations.command(List.of(), directory, Samples.all().subList(0, 1));
        Path log = directory.resolve("execve.log");
        Stream<String> strace = Stream.of("strace", "-f", "-qq", "-e", "trace=execve,execveat,fork,vfork", "-o");
        List<String> traced = Stream.concat(Stream.concat(strace, Stream.of(log.toString())), command.stream())
                .toList();
        Command.run(directory, withoutPath(traced)).succeeded();
        List<String> calls = Files.readAllLines(log).stream()
                .filter(line -> line.contains("exec") || line.contains("fork"))
                .toList();
        assertThat(calls).hasSize(1);
        assertThat(calls.get(0)).contains("execve(\"" + command.get(0) + "\"").endsWith(" = 0");
        assertThat(directory.resolve(object(Samples.all().get(0)))).exists();
    }

    private static ProcessBuilder withoutPath(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("PATH", "");
        return builder;
    }

    /**
     * Returns copies of the policies with the same names in another folder, as paths relative to
     * it.
     */
    private static List<Path> copies(Path folder) throws IOException {
        for (Path path : Samples.all()) {
            Files.copy(path, folder.resolve(path.getFileName()));
        }
        return Samples.all().stream().map(Path::getFileName).toList();
    }

    private void compareAll() throws IOException {
        for (Path path : Samples.all()) {
            assertThat(Files.readAllBytes(directory.resolve(object(path))))
                    .as(path.getFileName().toString())
                    .isEqualTo(Samples.compile(path).elf().toArray());
        }
    }

    private static String object(Path policy) {
        return policy.getFileName().toString().replace(".wall", ".o");
    }
}
