// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.unit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The drop-ins that put policies in force whenever a unit starts (systemd.unit(5)).
 *
 * <p>systemd runs the command in the unit's cgroup, which is another one after each start. A
 * service has it as {@code ExecCondition=}, which precedes every {@code ExecStartPre=}; a socket
 * has {@code ExecStartPre=} alone. Status 255 of an {@code ExecCondition=} fails the unit; any
 * other would only skip it. The commands that the unit has under that setting would run before, so
 * the drop-in is read last, resets the list, and repeats them after its own.
 *
 * <p>Instances of a template that a socket starts for each connection run no such command: that
 * would start Java as often as a client wants. Their policies are on their slice, where the socket
 * puts them before it listens, and an instance starts only in that slice and under these policies.
 *
 * @param unit its name with the type
 * @param command the absolute path of {@code ringwall}
 * @param objects the absolute paths of the objects
 * @param again the command that makes the drop-in again
 */
public record Dropin(String unit, Path command, List<Path> objects, String again) {
    /** The first line of each drop-in, by which one is recognised. */
    public static final String FIRST = "# Made by ringwall unit-dropin.";

    /** The name of the file, which systemd reads after those with other usual names. */
    public static final String NAME = "zz-ringwall.conf";

    /**
     * The name of the file of a socket that puts the policies of its instances in force. systemd
     * reads it after {@link #NAME}, which resets the list.
     */
    public static final String CONNECTIONS = "zz-ringwall.connections.conf";

    /** The name in earlier versions. */
    public static final String EARLIER = "50-ringwall.conf";

    /** What begins the line with the command that makes a drop-in again. */
    public static final String AGAIN = "# Again after a change of the unit: ";

    private static final String SHELL = "/bin/sh -c '\"$$@\" || exit 255' sh ";

    public Dropin {
        objects = List.copyOf(objects);
    }

    /** A file of a unit. */
    public record Part(String unit, String name, String text) {}

    /** The setting of a unit in which its first commands are. */
    public enum First {
        SERVICE("Service", "ExecCondition"),
        SOCKET("Socket", "ExecStartPre");

        private final String section;
        private final String key;

        First(String section, String key) {
            this.section = section;
            this.key = key;
        }

        /** Returns the setting of a service or a socket. */
        public static First of(String unit) {
            return unit.endsWith(".socket") ? SOCKET : SERVICE;
        }

        public String section() {
            return section;
        }

        public String key() {
            return key;
        }

        /** Returns the unit's own commands. */
        public List<UnitFiles.Value> own(UnitFiles files, String unit) {
            return files.ownList(unit, section, key);
        }
    }

    /** Returns the drop-in of a unit whose commands put its policies in force. */
    public Part ofEachStart(UnitFiles files) {
        First first = First.of(unit);
        String apply = apply("%n");
        return new Part(
                unit,
                NAME,
                head(
                                "At each start of the unit its policies come into force",
                                "before any of its processes runs." + " The unit does not start if that fails.")
                        + "\n[" + first.section() + "]\n"
                        + list(files, first, first == First.SERVICE ? "+" + SHELL + apply : "+" + apply));
    }

    /**
     * Returns the drop-ins of a template whose instances are connections, and of their socket.
     *
     * @param slice the slice of these instances and of no other unit
     * @param instances the names of the policies' instances, as {@code NAME@INSTANCE}
     */
    public List<Part> ofConnections(UnitFiles files, String socket, String slice, List<String> instances) {
        String check = "+" + SHELL + word(command) + " unit-check " + words(slice) + " "
                + instances.stream().map(Dropin::words).collect(Collectors.joining(" "));
        Part service = new Part(
                unit,
                NAME,
                head(
                                "`" + socket + "` puts the policies in force on the slice of all connections",
                                "before it listens. No instance starts elsewhere, or without them.")
                        + "\n[Service]\nSlice=" + setting(slice) + "\n"
                        + list(files, First.SERVICE, check));
        Part listening = new Part(
                socket,
                CONNECTIONS,
                head(
                                "The policies of `" + unit + "` come into force on the slice of its instances",
                                "before the socket listens. It does not listen if that fails.")
                        + "Requires=" + setting(slice) + "\nAfter=" + setting(slice) + "\n\n[Socket]\nExecStartPre=+"
                        + apply(words(unit)) + "\n");
        return List.of(service, listening);
    }

    private String list(UnitFiles files, First first, String command) {
        StringBuilder text = new StringBuilder();
        text.append(first.key())
                .append("=\n")
                .append(first.key())
                .append('=')
                .append(command)
                .append('\n');
        for (UnitFiles.Value own : first.own(files, unit)) {
            text.append("# From ").append(own.file()).append('\n');
            text.append(first.key()).append('=').append(own.value()).append('\n');
        }
        return text.toString();
    }

    private String head(String first, String second) {
        String mounts = Stream.concat(Stream.of(command), objects.stream())
                .map(Dropin::path)
                .collect(Collectors.joining(" "));
        return FIRST + " " + first + "\n# " + second + "\n" + AGAIN + again + "\n[Unit]\nRequiresMountsFor=/sys/fs/bpf "
                + mounts + "\n";
    }

    /** Returns the command that applies the objects to a unit. */
    private String apply(String forUnit) {
        List<String> words = new ArrayList<>(List.of(word(command), "apply"));
        objects.forEach(object -> words.add(word(object)));
        words.addAll(List.of("--for-unit", forUnit));
        return String.join(" ", words);
    }

    /** Returns a path as a word of a command line, in which `$` begins a variable. */
    private static String word(Path path) {
        return path(path).replace("$", "$$");
    }

    /** Returns a name of a unit as a word of a command line. */
    private static String words(String name) {
        return quoted(name.replace("%", "%%")).replace("$", "$$");
    }

    /** Returns a path as a word of a setting, in which `%` begins a specifier. */
    private static String path(Path path) {
        return quoted(path.toString().replace("%", "%%"));
    }

    /** Returns a name of a unit as a value of a setting, which has no quotes. */
    private static String setting(String name) {
        return name.replace("%", "%%");
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9/._$%+:@,-]+")
                ? text
                : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
