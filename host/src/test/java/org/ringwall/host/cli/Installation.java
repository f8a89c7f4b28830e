// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;

/** A copy of {@code bin/ringwall} and the files it needs, in a folder that a test can modify. */
record Installation(Path root) {
    private static final List<String> LIBRARIES =
            List.of("jnr-", "jffi-", "jackson-core-", "picocli-", "jspecify-", "snakeyaml-");

    /** A module of ours on which the command depends, as a jar or as a folder of classes. */
    static final Pattern OURS = Pattern.compile(
            ".*(?:/ringwall-|/)(bpf|bundle|machine|native|runtime-loader)(?:-[^/]*[.]jar|/target/classes)");

    static Installation in(Path folder) throws IOException {
        Installation made = new Installation(folder.toRealPath().resolve("ringwall"));
        Files.createDirectories(made.module().resolve("lib"));
        Files.createDirectories(made.module().resolve("lib-metrics"));
        copy(GoldenCase.projectRoot().resolve("bin"), made.root().resolve("bin"));
        copy(GoldenCase.projectRoot().resolve("native/target/native"), made.library());
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            Path path = Path.of(entry);
            String name = String.valueOf(path.getFileName());
            Matcher ours = OURS.matcher(entry);
            if (LIBRARIES.stream().anyMatch(name::startsWith)) {
                Files.copy(path, made.module().resolve("lib").resolve(name));
            } else if (name.startsWith("prometheus-") || name.startsWith("netty-")) {
                Files.copy(path, made.module().resolve("lib-metrics").resolve(name));
            } else if (ours.matches()) {
                library(path, made.module().resolve("lib/ringwall-" + ours.group(1) + ".jar"));
            } else if (entry.endsWith("host/target/classes") || name.startsWith("ringwall-host")) {
                library(path, made.jar());
            }
        }
        Path metrics = made.module().resolve("lib-metrics");
        if (isEmpty(metrics)) {
            // An optional dependency: on the class path of this module's tests alone.
            copy(GoldenCase.projectRoot().resolve("host/target/lib-metrics"), metrics);
        }
        return made;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.findAny().isEmpty();
        }
    }

    Path module() {
        return root.resolve("host/target");
    }

    Path jar() {
        return module().resolve("ringwall-host-0.jar");
    }

    /** The folder of the native library, beside the jar that loads it. */
    Path library() {
        return module().resolve("lib/native");
    }

    Path stub() throws IOException {
        try (Stream<Path> all = Files.walk(library())) {
            String arch = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
            return all.filter(path -> path.toString().contains(arch))
                    .filter(path -> path.toString().endsWith(".so"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Runs a shell script in {@code folder}, with the path of the command in {@code $RINGWALL}. */
    Command shell(Path folder, Map<String, String> environment, String script, String... words) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
        command.addAll(Arrays.asList(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("RINGWALL", root.resolve("bin/ringwall").toString());
        return Command.run(folder, builder);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    private static void library(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            Files.copy(from, to);
            return;
        }
        try (OutputStream out = Files.newOutputStream(to);
                JarOutputStream jar = new JarOutputStream(out);
                Stream<Path> all = Files.walk(from)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new JarEntry(from.relativize(path).toString()));
                Files.copy(path, jar);
                jar.closeEntry();
            }
        }
    }

    static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
