// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.ringwall.loader.model.InputException;

/** Paths as words of a command. */
public final class PathText {
    private PathText() {}

    /**
     * Parses a path.
     *
     * @param help what to write instead
     * @throws InputException if the text is not a path, such as one with a zero byte
     */
    public static Path parse(String text, String help) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException("`" + text.replaceAll("\\p{Cntrl}", "?") + "` is not a path", help);
        }
    }
}
