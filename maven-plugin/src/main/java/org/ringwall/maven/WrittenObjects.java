// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.ringwall.compiler.files.OutputFile;
import org.ringwall.compiler.files.RefusedOutputException;

/**
 * The objects that one execution has written. A list of them is stored, so that the next build
 * deletes those whose policies were removed. A stale object would be packaged, and its policy put
 * in force.
 */
final class WrittenObjects {
    private final Path folder;
    private final Path list;

    /**
     * Opens the set of objects.
     *
     * @param folder the folder of the objects
     * @param list the file that lists the objects written by the previous build
     */
    WrittenObjects(Path folder, Path list) {
        this.folder = folder.toAbsolutePath().normalize();
        this.list = list.toAbsolutePath().normalize();
    }

    Path folder() {
        return folder;
    }

    /**
     * Writes an object atomically: after an error the previous file is unchanged.
     *
     * @param inputs the files from which the object was compiled, which must not be overwritten
     */
    void write(String name, byte[] bytes, List<Path> inputs) throws MojoExecutionException, MojoFailureException {
        Path object = folder.resolve(name);
        try {
            Files.createDirectories(object.getParent());
            OutputFile.at(object, OutputFile.Kind.OBJECT, inputs).write(bytes);
        } catch (RefusedOutputException e) {
            throw new MojoFailureException(
                    "cannot write `" + object + "`: " + e.getMessage()
                            + "; remove it, or name another folder as outputDirectory",
                    e);
        } catch (IOException e) {
            throw new MojoExecutionException("cannot write `" + object + "`: " + reason(e), e);
        }
    }

    /**
     * Returns the reason without the paths with which the message of a {@link FileSystemException}
     * begins.
     */
    static String reason(IOException e) {
        if (e instanceof FileSystemException system && system.getReason() == null) {
            return e.getClass().getSimpleName().replaceAll("Exception$", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
        }
        Optional<String> reason =
                Optional.ofNullable(e instanceof FileSystemException system ? system.getReason() : e.getMessage());
        return reason.orElse("input and output failed");
    }

    /**
     * Deletes the objects of the previous build that no longer have a policy, and stores the list
     * for the next build. A file modified after the previous list was written is left alone:
     * another execution wrote it.
     *
     * @param names the objects of all current policies, including those with errors
     * @return the number of objects deleted
     */
    int keep(Set<String> names) throws MojoExecutionException {
        try {
            int gone = removeAllBut(names);
            if (!names.isEmpty()) {
                Files.createDirectories(list.getParent());
                Files.write(list, names);
            } else {
                Files.deleteIfExists(list);
            }
            return gone;
        } catch (IOException e) {
            throw new MojoExecutionException("cannot keep `" + list + "`: " + reason(e), e);
        }
    }

    private int removeAllBut(Set<String> names) throws IOException {
        if (!Files.isRegularFile(list)) {
            return 0;
        }
        FileTime since = Files.getLastModifiedTime(list);
        Set<String> stale = new TreeSet<>(Files.readAllLines(list));
        stale.removeAll(names);
        int gone = 0;
        for (String name : stale) {
            Path object = folder.resolve(name).normalize();
            boolean ours = object.startsWith(folder)
                    && Files.isRegularFile(object)
                    && OutputFile.Kind.OBJECT.holds(object)
                    && Files.getLastModifiedTime(object).compareTo(since) <= 0;
            if (ours) {
                Files.delete(object);
                gone++;
            }
        }
        return gone;
    }
}
