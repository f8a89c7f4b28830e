// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;

/**
 * A folder of policies.
 *
 * @param project the folder of the project
 * @param folder the folder of the policies, which may be outside of the project
 */
record PolicyFolder(Path project, Path folder) {
    private static final String POLICY = ".wall";

    /** Creates a folder. A relative `folder` is resolved against the project. */
    PolicyFolder {
        project = project.toAbsolutePath().normalize();
        folder = project.resolve(folder).normalize();
    }

    /** Returns all files whose names end as those of policies, with absolute paths, sorted. */
    List<Path> files() throws MojoExecutionException, MojoFailureException {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(
                    folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<Path>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                            if (attributes.isRegularFile() && file.toString().endsWith(POLICY)) {
                                files.add(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw Failures.cannot("list", folder, e);
        }
        Collections.sort(files);
        for (Path file : files) {
            refuseUnwritable(file);
        }
        return files;
    }

    /**
     * Rejects a file name that Java cannot represent as text in this locale: messages, the object
     * and its file name would have a different one.
     */
    private void refuseUnwritable(Path policy) throws MojoFailureException {
        Path relative = folder.relativize(policy);
        boolean same;
        try {
            same = relative.equals(Path.of(relative.toString()));
        } catch (InvalidPathException e) {
            same = false;
        }
        if (!same) {
            throw new MojoFailureException("the name of `" + relative
                    + "` has characters that the locale of this build does not support; run Maven with LC_ALL=C.UTF-8");
        }
    }

    /** Returns the folder to which the names of policies and of included files are relative. */
    Path base() {
        return folder.startsWith(project) ? project : folder;
    }

    /**
     * Returns the name of a policy. The object contains it, so it must not depend on where the
     * project was checked out.
     */
    String name(Path policy) {
        return slashes(base().relativize(policy));
    }

    /** Returns the path relative to the folder, with slashes and without the ending. */
    String stem(Path policy) {
        String relative = slashes(folder.relativize(policy));
        return relative.substring(0, relative.length() - POLICY.length());
    }

    static String slashes(Path relative) {
        return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    }
}
