// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names by which operators know a cgroup, as far as its path shows them.
 *
 * @param name the part of the path that names the unit or the container, whichever comes first; the
 *     last part if there is neither, or only slices
 * @param unit the unit of the system's systemd to which the cgroup belongs
 * @param container the id of the container, 64 hexadecimal digits
 */
public record CgroupLabel(String name, Optional<String> unit, Optional<String> container) {
    private static final String SLICE = ".slice";
    private static final Pattern UNIT = Pattern.compile("_?(.+\\.(?:service|scope|socket|mount|swap))");

    /** `docker-ID.scope`, `crio-ID.scope` and the like, or the id alone. */
    private static final Pattern CONTAINER = Pattern.compile("(?:[a-z][a-z-]*-)?([0-9a-f]{64})(?:\\.scope)?");

    /**
     * Reads a path relative to the root of the hierarchy. The first part that names a unit or a
     * container is the one that counts: the owner of that cgroup can give those below it any name.
     */
    public static CgroupLabel of(Path path) {
        Path last = path.getFileName();
        Optional<String> first = Optional.empty();
        Optional<String> unit = Optional.empty();
        Optional<String> container = Optional.empty();
        boolean slices = true;
        for (Path part : path) {
            String text = part.toString();
            Matcher id = CONTAINER.matcher(text);
            if (container.isEmpty() && id.matches()) {
                container = Optional.of(id.group(1));
            }
            Matcher named = UNIT.matcher(text);
            if (first.isEmpty() && (id.matches() || slices && named.matches())) {
                first = Optional.of(text);
            }
            if (slices && (text.endsWith(SLICE) || named.matches())) {
                unit = Optional.of(named.matches() ? named.group(1) : text);
            }
            slices &= text.endsWith(SLICE);
        }
        return new CgroupLabel(first.orElse(last == null ? "" : last.toString()), unit, container);
    }
}
