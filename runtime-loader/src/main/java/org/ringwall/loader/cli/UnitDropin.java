// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The text of a drop-in that puts policies in force whenever a unit starts (systemd.unit(5)).
 *
 * <p>systemd runs the command in the unit's cgroup, which is another one after each start. A
 * service has it as {@code ExecCondition=}, which precedes every {@code ExecStartPre=} wherever
 * that is written. Status 255 fails the unit there; any other would only skip it. A socket has no
 * such setting.
 *
 * @param command the absolute path of {@code ringwall}
 * @param objects the absolute paths of the objects
 */
record UnitDropin(UnitName unit, Path command, List<Path> objects) {
    /** The first line of each drop-in, by which one is recognised. */
    static final String FIRST = "# Made by ringwall unit-dropin.";

    private static final String SHELL = "/bin/sh -c '\"$$@\" || exit 255' sh ";

    UnitDropin {
        objects = List.copyOf(objects);
    }

    String text() {
        boolean service = unit.type().equals(UnitName.SERVICE);
        List<String> words = new ArrayList<>(List.of(word(command), "apply"));
        objects.forEach(object -> words.add(word(object)));
        words.addAll(List.of("--for-unit", "%n"));
        String apply = String.join(" ", words);
        String mounts = Stream.concat(Stream.of(command), objects.stream())
                .map(UnitDropin::path)
                .collect(Collectors.joining(" "));
        return FIRST
                + """
                 At each start of the unit its policies come into force
                # before any of its processes runs. The unit does not start if that fails.
                [Unit]
                RequiresMountsFor=/sys/fs/bpf %s

                """.formatted(mounts)
                + (service
                        ? "[Service]\nExecCondition=+" + SHELL + apply + "\n"
                        : "[Socket]\nExecStartPre=+" + apply + "\n");
    }

    /** Returns a path as a word of a command line, in which `$` begins a variable. */
    private static String word(Path path) {
        return path(path).replace("$", "$$");
    }

    /** Returns a path as a word of a setting, in which `%` begins a specifier. */
    private static String path(Path path) {
        String text = path.toString().replace("%", "%%");
        return text.matches("[A-Za-z0-9/._$%+:@,-]+")
                ? text
                : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
