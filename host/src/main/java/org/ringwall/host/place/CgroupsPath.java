// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The field {@code linux.cgroupsPath} of an OCI configuration. With the cgroupfs driver it is a
 * path; with the systemd driver it is {@code SLICE:PREFIX:NAME} and means the unit {@code
 * PREFIX-NAME.scope} in that slice.
 */
public final class CgroupsPath {
    private static final String SLICE = ".slice";
    private static final int PARTS = 3;

    private CgroupsPath() {}

    /** Returns the path relative to the root of the hierarchy; empty if the text is invalid. */
    public static Optional<Path> relative(String text) {
        String[] parts = text.split(":", -1);
        Optional<String> path = parts.length == PARTS
                ? scope(parts[0].isEmpty() ? "system" + SLICE : parts[0], parts[1], parts[2])
                : Optional.of(text.replaceFirst("^/+", ""));
        return path.filter(found -> !found.isEmpty())
                .flatMap(CgroupsPath::path)
                .filter(found -> found.equals(found.normalize()) && !found.startsWith(".."));
    }

    /** Returns a path; empty if no file can have this name in the locale of this process. */
    private static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> scope(String slice, String prefix, String name) {
        boolean unit = !name.isEmpty() && !(prefix + name).contains("/");
        return slices(slice).filter(parent -> unit).map(parent -> {
            String last = name.endsWith(SLICE) ? name : (prefix.isEmpty() ? "" : prefix + "-") + name + ".scope";
            return parent + last;
        });
    }

    /**
     * Returns the directory of a slice with `/` at its end: that of `a-b.slice` is in that of
     * `a.slice` (systemd.slice(5)).
     */
    private static Optional<String> slices(String slice) {
        if (!slice.endsWith(SLICE) || slice.contains("/")) {
            return Optional.empty();
        }
        String stem = slice.substring(0, slice.length() - SLICE.length());
        if (stem.equals("-")) {
            return Optional.of("");
        }
        if (stem.isEmpty() || stem.startsWith("-") || stem.endsWith("-") || stem.contains("--")) {
            return Optional.empty();
        }
        StringBuilder path = new StringBuilder();
        for (int dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
            path.append(stem, 0, dash).append(SLICE).append('/');
        }
        return Optional.of(path.append(slice).append('/').toString());
    }
}
