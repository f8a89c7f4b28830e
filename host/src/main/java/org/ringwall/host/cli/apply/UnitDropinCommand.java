// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.apply;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.ObjectList;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.cli.command.TrustedFile;
import org.ringwall.host.unit.Dropin;
import org.ringwall.host.unit.UnitDropins;
import org.ringwall.host.unit.UnitFiles;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UnitName;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.Admission;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.IoReason;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that makes a drop-in for a systemd unit which starts only under its policies. */
public final class UnitDropinCommand implements HostCommand {
    private static final Path COMMAND = Path.of("/usr/bin/ringwall");
    private static final Path UNITS = Path.of("/etc/systemd/system");
    private static final Path BOOTED = Path.of("/run/systemd/system");

    @Override
    public CommandSpec spec() {
        return Options.command("Prints or installs a drop-in with which a systemd unit starts only under its policies.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0")
                        .paramLabel("UNIT")
                        .type(String.class)
                        .required(true)
                        .description("A service or a socket of the system's systemd; web@.service is every instance.")
                        .build())
                .addPositional(PositionalParamSpec.builder()
                        .index("1..*")
                        .arity("1..*")
                        .paramLabel("OBJ.o")
                        .type(String[].class)
                        .required(true)
                        .description("Objects that ringwallc compile wrote; the unit reads them at each start.")
                        .build())
                .addOption(Options.flag("--install", "Write the drop-in below " + UNITS + " and let systemd read it."))
                .addOption(OptionSpec.builder("--dir")
                        .paramLabel("DIR")
                        .type(String.class)
                        .description(
                                "With --install: the directory of units, as that of an image (default: " + UNITS + ").")
                        .build())
                .addOption(OptionSpec.builder("--command")
                        .paramLabel("PATH")
                        .type(String.class)
                        .description("The command that the unit runs (default: " + COMMAND + ").")
                        .build())
                .addOption(Options.flag("--user", "Explains why units of a user cannot have one."))
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        if (command.matchedOptionValue("--user", false)) {
            throw new UsageException(
                    "the systemd of a user cannot put policies in force, because that needs root",
                    "restrict all units of the user: ringwall unit-dropin user@UID.service OBJ.o");
        }
        boolean install = command.matchedOptionValue("--install", false);
        if (command.hasMatchedOption("--dir") && !install) {
            throw new UsageException("--dir needs --install", "write --install --dir DIR");
        }
        UnitName unit = UnitName.of(command.matchedPositionalValue(0, ""));
        List<Path> objects = objects(command.matchedPositionalValue(1, new String[0]), unit, session.admission(false));
        boolean here = install && !command.hasMatchedOption("--dir");
        Path program = program(command.matchedOptionValue("--command", COMMAND.toString()), here);
        Path folder = PathText.parse(command.matchedOptionValue("--dir", UNITS.toString()), "--dir DIR")
                .toAbsolutePath()
                .normalize();
        UnitFiles files = command.hasMatchedOption("--dir") ? UnitFiles.withFolder(folder) : UnitFiles.ofThisHost();
        List<Dropin.Part> parts = parts(files, unit, program, objects, session.admission(false));
        boolean json = command.matchedOptionValue("--json", false);
        if (!json) {
            notes(files, unit, here).forEach(note -> session.err().println("ringwall: note: " + note));
        }
        if (!install) {
            session.out().print(json ? Json.of(shown(parts.get(0), parts)) + "\n" : text(parts));
            return ExitCode.DONE;
        }
        Installation installation = new Installation(folder, session, json);
        parts.forEach(installation::write);
        if (here && Files.isDirectory(BOOTED)) {
            reload();
        }
        installation.report(parts);
        return ExitCode.DONE;
    }

    private static Map<String, Object> shown(Dropin.Part part, List<Dropin.Part> parts) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", part.text());
        if (parts.size() > 1) {
            fields.put(
                    "more",
                    parts.subList(1, parts.size()).stream()
                            .map(other -> Map.of("unit", other.unit(), "text", other.text()))
                            .toList());
        }
        return fields;
    }

    /** Returns the texts, those of several units with the names of their files. */
    private static String text(List<Dropin.Part> parts) {
        if (parts.size() == 1) {
            return parts.get(0).text();
        }
        return parts.stream()
                .map(part -> "# " + part.unit() + ".d/" + part.name() + "\n" + part.text())
                .collect(Collectors.joining("\n"));
    }

    /** Returns the drop-ins: those of a template that starts for each connection are two. */
    private static List<Dropin.Part> parts(
            UnitFiles files, UnitName unit, Path program, List<Path> objects, Admission admission) {
        List<String> again = new ArrayList<>(List.of("ringwall", "unit-dropin", unit.text()));
        objects.forEach(object -> again.add(object.toString()));
        if (!program.equals(COMMAND)) {
            again.addAll(List.of("--command", program.toString()));
        }
        again.add("--install");
        Dropin dropin = new Dropin(unit.text(), program, objects, Author.line(again));
        Optional<String> socket = unit.isTemplate() && unit.type().equals(UnitName.SERVICE)
                ? files.acceptingSocket(unit.text())
                : Optional.empty();
        if (socket.isEmpty()) {
            return List.of(dropin.ofEachStart(files));
        }
        List<String> instances =
                ObjectList.read(objects.stream().map(Path::toString).toList(), admission).choices().values().stream()
                        .map(choice -> new InstanceName(choice.any().policy(), unit.instance()).toString())
                        .toList();
        String slice = unit.slice(files.own(unit.text(), "Service", "Slice"));
        return dropin.ofConnections(files, socket.get(), slice, instances);
    }

    /** Returns what a user should know of a unit before its drop-in is used. */
    private static List<String> notes(UnitFiles files, UnitName unit, boolean here) {
        List<String> notes = new ArrayList<>();
        socketNote(files, unit).ifPresent(notes::add);
        if (here && !files.exists(unit.text())) {
            notes.add("there is no unit `" + unit + "` on this host yet; a unit of another name starts without the"
                    + " policies");
        }
        UnitDropins.later(files, unit.text())
                .ifPresent(file -> notes.add("`" + Printable.line(file.toString())
                        + "` is read after the drop-in, and takes the policies away; rename it"));
        UnitDropins.instancesWithOwn(files, unit.text())
                .forEach(instance -> notes.add("`" + instance + "` has commands of its own before its start, which"
                        + " this drop-in takes away: ringwall unit-dropin " + instance + " OBJ.o"));
        return notes;
    }

    /** The writing of drop-ins below a directory of units. */
    private record Installation(Path folder, Session session, boolean json, List<Boolean> changed) {
        Installation(Path folder, Session session, boolean json) {
            this(folder, session, json, new ArrayList<>());
        }

        Path file(Dropin.Part part) {
            return folder.resolve(part.unit() + ".d").resolve(part.name());
        }

        void write(Dropin.Part part) {
            Path file = file(part);
            Path earlier = file.resolveSibling(Dropin.EARLIER);
            changed.add(UnitDropinCommand.write(file, part.text()));
            if (part.name().equals(Dropin.NAME) && UnitFiles.isOurs(earlier)) {
                remove(earlier);
            }
        }

        void report(List<Dropin.Part> parts) {
            if (json) {
                Map<String, Object> fields = new LinkedHashMap<>(fields(parts, 0));
                if (parts.size() > 1) {
                    fields.put("more", List.of(fields(parts, 1)));
                }
                session.out().println(Json.of(fields));
                return;
            }
            for (int i = 0; i < parts.size(); i++) {
                String name = "`" + Printable.line(file(parts.get(i)).toString()) + "`";
                session.out()
                        .println(parts.get(i).unit()
                                + (changed.get(i) ? ": wrote " : ": is already in ")
                                + name
                                + (parts.size() == 1 ? "; the policies come into force at the next start" : ""));
            }
            if (parts.size() > 1) {
                session.out()
                        .println("the policies come into force when the socket starts; connections are refused until"
                                + " then: systemctl restart " + parts.get(1).unit());
            }
        }

        private Map<String, Object> fields(List<Dropin.Part> parts, int i) {
            return Map.of(
                    "file",
                    file(parts.get(i)).toString(),
                    "changed",
                    changed.get(i),
                    "text",
                    parts.get(i).text());
        }
    }

    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new HostException("cannot remove `" + file + "`: " + IoReason.of(e), "run as root");
        }
    }

    /** Returns the absolute paths of objects that can be applied to a unit together. */
    private static List<Path> objects(String[] words, UnitName unit, Admission admission) {
        ObjectList objects = ObjectList.read(List.of(words), admission);
        Set<String> policies = new HashSet<>();
        for (ObjectChoice choice : objects.choices().values()) {
            PolicyObject object = choice.any();
            if (!policies.add(object.policy())) {
                throw new InputException(
                        "two objects have the policy `" + object.policy() + "`",
                        "name one of them, or rename a policy");
            }
            // Checks the length of the name; that of an instance of a template is not known yet.
            new InstanceName(object.policy(), unit.instance());
        }
        return objects.files().stream()
                .map(word -> TrustedFile.at(PathText.parse(word, "name an object")))
                .toList();
    }

    /**
     * Returns the command that the unit runs.
     *
     * @param here whether it must be on this host
     */
    private static Path program(String word, boolean here) {
        Path program = PathText.parse(word, "--command PATH");
        if (!program.isAbsolute()) {
            throw new UsageException("`" + word + "` is not an absolute path", "write --command " + COMMAND);
        }
        if (word.chars().anyMatch(Character::isISOControl)) {
            throw new UsageException(
                    "`" + Printable.of(word) + "` has a character that units cannot contain",
                    "write --command " + COMMAND);
        }
        if (!here) {
            return program;
        }
        if (!Files.isExecutable(program)) {
            throw new InputException(
                    "there is no command `" + word + "`",
                    "install the package, or name the command of a checkout: --command DIR/bin/ringwall");
        }
        return TrustedFile.at(program);
    }

    /** Returns a note if systemd opens sockets for a service before the service starts. */
    private static Optional<String> socketNote(UnitFiles files, UnitName unit) {
        String socket =
                unit.text().replaceFirst("@[^@]*\\.service$", ".service").replaceFirst("service$", "socket");
        return unit.type().equals(UnitName.SERVICE) && files.exists(socket)
                ? Optional.of("the sockets that `" + socket
                        + "` passes to the service are judged by the policies of that unit: ringwall unit-dropin "
                        + socket + " OBJ.o")
                : Optional.empty();
    }

    /**
     * Writes the drop-in at once, unless it is there already.
     *
     * @throws HostException if it cannot be written, or the file is of another origin
     */
    private static boolean write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            if (Files.exists(file)) {
                String old = Files.readString(file);
                if (old.equals(text)) {
                    return false;
                }
                if (!old.startsWith(Dropin.FIRST)) {
                    throw new HostException("`" + file + "` was not made by this command", "rename or remove it");
                }
            }
            Path fresh = Files.createTempFile(
                    file.getParent(),
                    ".ringwall",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, text);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            throw new HostException("cannot write `" + file + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }

    /** Lets systemd read its files again: until then a restart would be without the policies. */
    private static void reload() {
        try {
            int status = new ProcessBuilder("systemctl", "daemon-reload")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw unread("status " + status);
            }
        } catch (IOException e) {
            throw unread(IoReason.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unread("interrupted");
        }
    }

    private static HostException unread(String why) {
        return new HostException(
                "the drop-in is written, but systemd did not read it (" + why + ")", "systemctl daemon-reload");
    }
}
