// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.PolicyFile;

/**
 * A search for the file that declares an instance, for users whose command changes it. A file
 * or an object that cannot be read declares nothing here; `sync` reports it.
 */
public final class DeclaringFile {
    /** The directory of the declarations of a host. */
    public static final String FOLDER = "/etc/ringwall/policies.d";

    private DeclaringFile() {}

    /**
     * Returns the file that declares an instance.
     *
     * @param folder the directory of the declarations
     * @param top the mount point of cgroup2
     */
    public static Optional<Path> of(Path folder, Path top, InstanceName name) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.{yaml,yml}")) {
            entries.forEach(files::add);
        } catch (IOException | DirectoryIteratorException e) {
            return Optional.empty();
        }
        files.sort(null);
        return files.stream().filter(file -> declares(file, top, name)).findFirst();
    }

    private static boolean declares(Path file, Path top, InstanceName name) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > Folder.MAX_BYTES) {
                return false;
            }
            Declaration declaration = DeclarationParser.parse(file, Files.readString(file), top, Instant.now());
            // Most files declare other instances, whose objects need not be read.
            return declaration.instance().equals(name.instance())
                    && PolicyFile.read(declaration.object().toString(), RecordedAdmission.ALL).stream()
                            .flatMap(choice -> choice.candidates().stream())
                            .anyMatch(candidate -> candidate.object().policy().equals(name.policy()));
        } catch (IOException | DeclarationException | RuntimeException e) {
            return false;
        }
    }
}
