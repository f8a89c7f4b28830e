// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** A reader of the owners of directories. */
final class Owner {
    static final Object ROOT = 0;

    private Owner() {}

    /** Returns the uid of a directory's owner; empty if the directory was removed. */
    static Optional<Object> uidOf(Path folder) {
        try {
            return Optional.of(Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
