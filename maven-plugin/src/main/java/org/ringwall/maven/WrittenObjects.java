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
 * The objects of one execution. A list of them stays behind, so that the next build takes away those whose policies are gone:
 * what lies in the folder is packaged, and would be put in force.
 */
final class WrittenObjects {
    private final Path folder;
    private final Path list;

    /** The folder of the objects, and the file that lists those that were written before. */
    WrittenObjects(Path folder, Path list) {
        this.folder = folder.toAbsolutePath().normalize();
        this.list = list.toAbsolutePath().normalize();
    }

    Path folder() {
        return folder;
    }

    /**
     * Writes the whole object or leaves what was there.
     *
     * @param inputs what the object is made from
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

    /** What a person reads of it: {@link FileSystemException} begins with the paths. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException system && system.getReason() == null) {
            return e.getClass().getSimpleName().replaceAll("Exception$", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
        }
        Optional<String> reason =
                Optional.ofNullable(e instanceof FileSystemException system ? system.getReason() : e.getMessage());
        return reason.orElse("input and output failed");
    }

    /**
     * Takes away what was written before and has no policy any more, and keeps the list for the next build. What another
     * execution has written since is left alone.
     *
     * @param names the objects of all policies that there are, also of those that are wrong now
     * @return how many objects were taken away
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
