// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.api.InvalidBundleException;
import org.ringwall.compiler.api.PolicyBundle;

/**
 * An unpacker of the wallpacks on which a project depends. Policies can include their sources from
 * {@code GROUP/ARTIFACT} in the folder, which contains the files of the bundle below {@code
 * sources/}. A bundle is unpacked again only if it, or a file that was unpacked, has changed.
 */
final class Dependencies {
    /** The type of dependencies that are unpacked. */
    static final String TYPE = "wallpack";

    /** The characters that Maven accepts in the pom of a project, without `.` and `..`. */
    private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9_.-]+");

    private static final String USE = "use";
    private static final String STATE = "state";
    private static final int FIELDS = 3;

    private final Path folder;
    private final Path stamp;

    /** The states of bundles and of their files after unpacking, by the name of the folder. */
    private final Map<String, String> states = new TreeMap<>();

    /** The names that each goal unpacked last; goals with another scope see other dependencies. */
    private final Map<String, Set<String>> uses = new TreeMap<>();

    /**
     * Creates an unpacker.
     *
     * @param stamp the file that records what the goals have unpacked
     */
    Dependencies(Path folder, Path stamp) {
        this.folder = folder;
        this.stamp = stamp;
    }

    /**
     * Unpacks the wallpacks among these artifacts, and deletes those that this goal unpacked before
     * and no goal uses now.
     *
     * @param goal the goal with its execution
     */
    void unpack(String goal, Collection<Artifact> artifacts) throws MojoExecutionException, MojoFailureException {
        List<String> before = remembered();
        Set<String> now = new TreeSet<>();
        for (Artifact artifact : artifacts) {
            if (!TYPE.equals(artifact.getType()) || artifact.getFile() == null) {
                continue;
            }
            String name = name(artifact);
            Path bundle = artifact.getFile().toPath();
            Path place = folder.resolve(name);
            try {
                if (!state(bundle, place).equals(states.get(name))) {
                    delete(place);
                    unpack(bundle, place);
                    states.put(name, state(bundle, place));
                }
                now.add(name);
            } catch (IOException e) {
                throw Failures.cannot("unpack", bundle, e);
            }
        }
        uses.put(goal, now);
        remember(before);
    }

    /**
     * Returns the name of the folder for a dependency. Maven does not validate names in the poms of
     * dependencies, and the folder is deleted before a bundle is unpacked.
     */
    private static String name(Artifact artifact) throws MojoFailureException {
        for (String part : List.of(artifact.getGroupId(), artifact.getArtifactId())) {
            if (!NAME.matcher(part).matches()) {
                throw new MojoFailureException("the dependency `" + artifact.getGroupId() + ":"
                        + artifact.getArtifactId() + "` is refused: its name cannot be that of a folder");
            }
        }
        return artifact.getGroupId() + "/" + artifact.getArtifactId();
    }

    private static void unpack(Path bundle, Path place) throws IOException, MojoFailureException {
        try {
            for (Map.Entry<String, byte[]> source : PolicyBundle.sources(bundle).entrySet()) {
                Path file = place.resolve(source.getKey());
                Files.createDirectories(file.getParent());
                Files.write(file, source.getValue());
            }
        } catch (InvalidBundleException e) {
            throw new MojoFailureException(
                    "the dependency `" + bundle + "` is refused: " + e.getMessage() + "; " + e.help(), e);
        }
    }

    /** Returns a line that changes with a bundle and with what was unpacked from it. */
    private static String state(Path bundle, Path place) throws IOException {
        List<String> files = new ArrayList<>();
        if (Files.isDirectory(place)) {
            Files.walkFileTree(place, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(
                            place.relativize(file) + "?" + attributes.size() + "?" + FileState.nanoseconds(attributes));
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        files.sort(null);
        BasicFileAttributes attributes = Files.readAttributes(bundle, BasicFileAttributes.class);
        return bundle + "?" + attributes.size() + "?" + FileState.nanoseconds(attributes) + "?" + files;
    }

    private List<String> remembered() throws MojoExecutionException {
        List<String> lines;
        try {
            lines = Files.exists(stamp) ? Files.readAllLines(stamp) : List.of();
        } catch (IOException e) {
            throw Failures.cannot("read", stamp, e);
        }
        for (String line : lines) {
            String[] fields = line.split("\t", FIELDS);
            if (fields.length == FIELDS && fields[0].equals(USE)) {
                uses.computeIfAbsent(fields[1], goal -> new TreeSet<>()).add(fields[2]);
            } else if (fields.length == FIELDS && fields[0].equals(STATE)) {
                states.put(fields[1], fields[2]);
            }
        }
        return lines;
    }

    private void remember(List<String> before) throws MojoExecutionException {
        try {
            for (String name : List.copyOf(states.keySet())) {
                Path place = folder.resolve(name).normalize();
                if (uses.values().stream().noneMatch(used -> used.contains(name)) && place.startsWith(folder)) {
                    delete(place);
                    states.remove(name);
                }
            }
            List<String> lines = new ArrayList<>();
            uses.forEach((goal, names) -> names.forEach(name -> lines.add(USE + "\t" + goal + "\t" + name)));
            states.forEach((name, state) -> lines.add(STATE + "\t" + name + "\t" + state));
            if (!lines.equals(before)) {
                Files.createDirectories(stamp.getParent());
                Files.write(stamp, lines);
            }
        } catch (IOException e) {
            throw Failures.cannot("write", stamp, e);
        }
    }

    private static void delete(Path place) throws IOException {
        if (!Files.exists(place)) {
            return;
        }
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
