// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;

/** A project in a folder of a test, with the folders that Maven's projects have. */
record Project(Path folder, RecordingLog log) {
    Path sources() {
        return folder.resolve("src/main/wall");
    }

    Path objects() {
        return folder.resolve("target/ringwall");
    }

    Path reports() {
        return folder.resolve("target/surefire-reports");
    }

    void policy(String name, String text) throws IOException {
        write("src/main/wall/" + name, text);
    }

    void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** Returns a goal as Maven configures it, in a build of its own. */
    <T extends AbstractMojo> T goal(T goal) {
        goal.setLog(log);
        goal.setPluginContext(new HashMap<>());
        Parameters.set(goal, "basedir", folder.toFile());
        Parameters.set(goal, "sourceDirectory", sources().toFile());
        Parameters.set(
                goal, "statusDirectory", folder.resolve("target/maven-status").toFile());
        Parameters.setIfAny(goal, "outputDirectory", objects().toFile());
        Parameters.setIfAny(
                goal, "testSourceDirectory", folder.resolve("src/test/wall").toFile());
        Parameters.setIfAny(goal, "reportsDirectory", reports().toFile());
        return goal;
    }

    static List<String> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
