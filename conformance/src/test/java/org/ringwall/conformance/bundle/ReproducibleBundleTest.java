// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;

/**
 * A test that a bundle has the same bytes in another folder, locale, encoding and time zone, and on
 * every JDK of this machine.
 */
final class ReproducibleBundleTest {
    private static final Path INSTALLED = Path.of("/usr/lib/jvm");

    @TempDir
    private Path folder = Path.of("");

    private Path project(String name) throws IOException {
        Path project = Files.createDirectories(folder.resolve(name).resolve("policies"));
        Files.writeString(project.resolveSibling("common.wall"), "set mails = { 25, 26 }\n");
        Files.writeString(
                project.resolve("mail.wall"),
                "policy mail\ninclude \"../common.wall\"\negress { deny if remote.port in mails; default allow }\n");
        Files.writeString(project.resolve("web.wall"), "policy web\negress { default deny }\n");
        return project;
    }

    private static byte[] bundle(Path java, Path project, List<String> options, Map<String, String> environment)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(java.toString()));
        words.addAll(options);
        words.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ringwall.compiler.cli.Ringwallc",
                "bundle",
                "-o",
                "out.wallpack",
                "--target",
                "5.10",
                "--target",
                "6.12",
                "mail.wall",
                "web.wall"));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(environment);
        Command.run(project, builder).succeeded();
        return Files.readAllBytes(project.resolve("out.wallpack"));
    }

    private static List<Path> javas() throws IOException {
        List<Path> javas = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")));
        if (Files.isDirectory(INSTALLED)) {
            try (Stream<Path> homes = Files.list(INSTALLED)) {
                homes.map(home -> home.resolve("bin/java"))
                        .filter(Files::isExecutable)
                        .forEach(javas::add);
            }
        }
        List<Path> different = new ArrayList<>();
        for (Path java : javas) {
            Path real = java.toRealPath();
            if (!different.contains(real)) {
                different.add(real);
            }
        }
        return different;
    }

    @Test
    void hasTheSameBytesEverywhere() throws IOException {
        List<Path> javas = javas();
        byte[] here = bundle(javas.get(0), project("one"), List.of(), Map.of());
        assertThat(here.length).isGreaterThan(10_000);
        List<String> unusual = List.of(
                "-Dfile.encoding=ISO-8859-9",
                "-Duser.language=ar",
                "-Duser.country=EG",
                "-Duser.extensions=u-nu-arab",
                "-Duser.timezone=Pacific/Chatham",
                "-Dline.separator=\r\n");
        Path elsewhere = project("another folder/deeper");
        for (Path java : javas) {
            assertThat(bundle(java, elsewhere, unusual, Map.of("LC_ALL", "C", "LANG", "tr_TR.ISO-8859-9")))
                    .as(java.toString())
                    .isEqualTo(here);
            Files.delete(elsewhere.resolve("out.wallpack"));
        }
    }
}
