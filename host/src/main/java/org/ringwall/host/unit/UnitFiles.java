// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.unit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * The files from which systemd would read its units now: for each unit a main file and drop-ins
 * (systemd.unit(5)). What the running systemd has read before is not known here.
 */
public final class UnitFiles {
    /** The directories of the system's systemd, the most important first. */
    private static final List<String> FOLDERS = List.of(
            "etc/systemd/system.control",
            "run/systemd/system.control",
            "run/systemd/transient",
            "run/systemd/generator.early",
            "etc/systemd/system",
            "etc/systemd/system.attached",
            "run/systemd/system",
            "run/systemd/system.attached",
            "run/systemd/generator",
            "usr/local/lib/systemd/system",
            "usr/lib/systemd/system",
            "lib/systemd/system",
            "run/systemd/generator.late");

    private static final String OF_ADMINISTRATOR = "etc/systemd/system";
    private static final Set<String> TRUE = Set.of("1", "yes", "y", "true", "t", "on");

    private final List<Path> folders;

    UnitFiles(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    public static UnitFiles ofThisHost() {
        return below(Path.of("/"));
    }

    /** Returns the files of a system whose root directory is here. */
    public static UnitFiles below(Path root) {
        return new UnitFiles(FOLDERS.stream().map(root::resolve).toList());
    }

    /**
     * Returns the files of a system with this directory of the administrator's units. If it is
     * {@code ROOT/etc/systemd/system}, the other directories are below that root.
     */
    public static UnitFiles withFolder(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path own = Path.of(OF_ADMINISTRATOR);
        if (!absolute.endsWith(own)) {
            return new UnitFiles(List.of(absolute));
        }
        Path root = absolute;
        for (int i = 0; i < own.getNameCount(); i++) {
            root = root.resolve("..").normalize();
        }
        return below(root);
    }

    /**
     * A value of a setting.
     *
     * @param file the file that sets it
     * @param value as it is written, on one line; empty if it resets a list
     */
    public record Value(Path file, String value) {}

    /** Returns whether the unit has a main file, which may be that of its template. */
    public boolean exists(String unit) {
        return fragment(unit).isPresent();
    }

    /** Returns the values of a setting, in the order in which systemd reads them. */
    public List<Value> values(String unit, String section, String key) {
        List<Value> values = new ArrayList<>();
        for (Path file : files(unit)) {
            UnitText.values(read(file), section, key).forEach(value -> values.add(new Value(file, value)));
        }
        return values;
    }

    /**
     * Returns the values of a list setting that drop-ins of {@code unit-dropin} do not set: those
     * after the last empty one.
     */
    public List<Value> ownList(String unit, String section, String key) {
        List<Value> list = new ArrayList<>();
        for (Value value : values(unit, section, key)) {
            if (isOurs(value.file())) {
                continue;
            }
            if (value.value().isEmpty()) {
                list.clear();
            } else {
                list.add(value);
            }
        }
        return list;
    }

    /** Returns the last value of a setting that drop-ins of {@code unit-dropin} do not set. */
    public Optional<String> own(String unit, String section, String key) {
        return values(unit, section, key).stream()
                .filter(value -> !isOurs(value.file()))
                .map(Value::value)
                .reduce((first, second) -> second)
                .filter(value -> !value.isEmpty());
    }

    /**
     * Returns the socket that starts an instance of a template for each connection
     * ({@code Accept=yes}); empty if there is none.
     *
     * @param template such as {@code each@.service}
     */
    public Optional<String> acceptingSocket(String template) {
        String stem = template.replaceFirst("@\\.service$", "");
        return Stream.of(stem + ".socket", stem + "@.socket")
                .filter(this::exists)
                .filter(socket -> own(socket, "Socket", "Accept")
                        .map(value -> TRUE.contains(value.toLowerCase(Locale.ROOT)))
                        .orElse(false))
                .findFirst();
    }

    /** Returns the names of units of which a directory has a main file or drop-ins. */
    public Set<String> named() {
        Set<String> names = new TreeSet<>();
        for (Path folder : folders) {
            for (Path path : list(folder)) {
                names.add(path.getFileName().toString().replaceFirst("\\.d$", ""));
            }
        }
        return names;
    }

    /** Returns whether {@code unit-dropin} wrote a file. */
    public static boolean isOurs(Path file) {
        return Files.isRegularFile(file) && read(file).startsWith(Dropin.FIRST);
    }

    /** Returns the drop-ins of a unit with a name, which systemd reads or others replace. */
    public List<Path> dropins(String unit, String name) {
        return folders.stream()
                .map(folder -> folder.resolve(unit + ".d").resolve(name))
                .filter(Files::isRegularFile)
                .toList();
    }

    /** Returns the main file of a unit and its drop-ins, in the order of reading. */
    public List<Path> files(String unit) {
        List<Path> files = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(List.of(unit));
        fragment(unit).ifPresent(main -> {
            files.add(main);
            real(main).map(Path::getFileName).map(Path::toString).ifPresent(alias -> {
                // An alias has the drop-ins of the unit, too. The main file of an instance is that
                // of its template.
                if (!alias.equals(template(unit)) && suffix(alias).equals(suffix(unit))) {
                    names.add(alias);
                }
            });
        });
        files.addAll(dropins(names));
        return files;
    }

    private List<Path> dropins(Set<String> names) {
        // The first file with a name replaces the others; all are read in the order of their names.
        Map<String, Path> byName = new TreeMap<>();
        Set<String> directories = new LinkedHashSet<>();
        names.forEach(name -> addDirectories(name, directories));
        names.forEach(name -> directories.add(suffix(name) + ".d"));
        for (Path folder : folders) {
            for (String directory : directories) {
                for (Path file : list(folder.resolve(directory))) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(".conf") && !name.startsWith(".")) {
                        byName.putIfAbsent(name, file);
                    }
                }
            }
        }
        // A link to /dev/null or an empty file masks a drop-in.
        return byName.values().stream().filter(Files::isRegularFile).toList();
    }

    /**
     * Adds the directories of drop-ins of a unit: its own, that of its template, and those of the
     * beginnings of its name that end with a dash.
     */
    private static void addDirectories(String unit, Set<String> directories) {
        directories.add(unit + ".d");
        String template = template(unit);
        if (!template.equals(unit)) {
            addDirectories(template, directories);
        }
        int end = unit.indexOf('@') >= 0 ? unit.indexOf('@') : unit.lastIndexOf('.');
        if (end > 0) {
            String stem = unit.substring(0, end);
            int dash = stem.endsWith("-") ? stem.lastIndexOf('-', stem.length() - 2) : stem.lastIndexOf('-');
            if (dash > 0) {
                addDirectories(stem.substring(0, dash + 1) + unit.substring(end), directories);
            }
        }
    }

    /** Returns the main file of a unit; empty if there is none or it is masked. */
    private Optional<Path> fragment(String unit) {
        return Stream.of(unit, template(unit))
                .distinct()
                .flatMap(name -> folders.stream().map(folder -> folder.resolve(name)))
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                .findFirst()
                .filter(Files::isRegularFile);
    }

    private static Optional<Path> real(Path file) {
        try {
            return Optional.of(file.toRealPath());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String template(String unit) {
        return unit.replaceFirst("@[^@]*\\.", "@.");
    }

    private static String suffix(String unit) {
        return unit.substring(unit.lastIndexOf('.') + 1);
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static HostException unreadable(Path file, IOException e) {
        return new HostException(
                "cannot read `" + Printable.line(file.toString()) + "`: " + IoReason.of(e), "run as root");
    }

    private static String read(Path file) {
        try {
            // Other encodings than UTF-8 do not matter for the names of settings.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }
}
