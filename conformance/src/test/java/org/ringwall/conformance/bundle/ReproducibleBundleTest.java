// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.Tier;

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

    /** Returns the feature version of the Java of a program, such as 21. */
    private static int version(Path java) throws IOException {
        String release = Files.readString(java.resolveSibling("../release").normalize());
        Matcher version = Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(release);
        return version.find() ? Integer.parseInt(version.group(1)) : 0;
    }

    @Test
    void hasTheSameBytesEverywhere() throws IOException, GeneralSecurityException {
        List<Path> javas = javas();
        byte[] here = bundle(javas.get(0), project("one"), List.of(), Map.of());
        assertThat(here.length).isGreaterThan(10_000);
        List<List<String>> unusual = List.of(
                List.of(
                        "-Dfile.encoding=ISO-8859-9",
                        "-Duser.language=ar",
                        "-Duser.country=EG",
                        "-Duser.extensions=u-nu-arab",
                        "-Duser.timezone=Pacific/Chatham",
                        "-Dline.separator=\r\n"),
                List.of("-Duser.language=tr", "-Duser.country=TR", "-Duser.timezone=America/St_Johns"));
        List<Map<String, String>> environments = List.of(
                Map.of("LC_ALL", "C", "LANG", "tr_TR.ISO-8859-9"), Map.of("LC_ALL", "tr_TR.UTF-8", "TZ", "Asia/Tokyo"));
        Path elsewhere = project("another folder/deeper");
        Map<String, String> digests = new TreeMap<>();
        Set<Integer> versions = new TreeSet<>();
        for (Path java : javas) {
            versions.add(version(java));
            for (int i = 0; i < unusual.size(); i++) {
                byte[] bundle = bundle(java, elsewhere, unusual.get(i), environments.get(i));
                digests.put(java + " " + environments.get(i), sha256(bundle));
                Files.delete(elsewhere.resolve("out.wallpack"));
            }
        }
        String expected = sha256(here);
        assertThat(digests)
                .hasSize(2 * javas.size())
                .allSatisfy((where, digest) -> assertThat(digest).as(where).isEqualTo(expected));
        Set<Integer> missing = new TreeSet<>(Set.of(21, 25));
        missing.removeAll(versions);
        if (!missing.isEmpty()) {
            assertThat(Tier.TOOLS.required())
                    .as("this machine lacks JDK %s", missing)
                    .isFalse();
            System.out.println("not compared: this machine lacks JDK " + missing);
        }
    }

    private static String sha256(byte[] content) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
