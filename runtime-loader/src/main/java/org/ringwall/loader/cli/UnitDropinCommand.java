// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.object.Admission;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.Printable;
import org.ringwall.loader.sys.IoReason;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that makes a drop-in for a systemd unit which starts only under its policies. */
final class UnitDropinCommand implements HostCommand {
    private static final Path COMMAND = Path.of("/usr/bin/ringwall");
    private static final Path UNITS = Path.of("/etc/systemd/system");
    private static final Path BOOTED = Path.of("/run/systemd/system");
    private static final String NAME = "50-ringwall.conf";

    /** Where systemd reads units from, in the order of systemd.unit(5). */
    private static final List<Path> ALL_UNITS = Stream.of(
                    "/etc/systemd/system",
                    "/run/systemd/system",
                    "/run/systemd/transient",
                    "/run/systemd/generator",
                    "/run/systemd/generator.early",
                    "/run/systemd/generator.late",
                    "/usr/local/lib/systemd/system",
                    "/usr/lib/systemd/system")
            .map(Path::of)
            .toList();

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
        String text = new UnitDropin(unit, program, objects).text();
        boolean json = command.matchedOptionValue("--json", false);
        if (!json) {
            socketNote(unit).ifPresent(note -> session.err().println("ringwall: note: " + note));
        }
        if (here && unknown(unit)) {
            session.err()
                    .println("ringwall: note: there is no unit `" + unit + "` on this host yet; a unit of another name"
                            + " starts without the policies");
        }
        if (!install) {
            session.out().print(json ? Json.of(Map.of("text", text)) + "\n" : text);
            return ExitCode.DONE;
        }
        Path folder = Ringwall.path(command.matchedOptionValue("--dir", UNITS.toString()), "--dir DIR");
        Path file = folder.toAbsolutePath().normalize().resolve(unit + ".d").resolve(NAME);
        boolean changed = write(file, text);
        if (here && Files.isDirectory(BOOTED)) {
            reload();
        }
        if (json) {
            session.out().println(Json.of(Map.of("file", file.toString(), "changed", changed, "text", text)));
        } else {
            String name = "`" + Printable.line(file.toString()) + "`";
            session.out()
                    .println(unit + (changed ? ": wrote " : ": is already in ") + name
                            + "; the policies come into force at the next start");
        }
        return ExitCode.DONE;
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
                .map(word -> TrustedFile.at(Ringwall.path(word, "name an object")))
                .toList();
    }

    /**
     * Returns the command that the unit runs.
     *
     * @param here whether it must be on this host
     */
    private static Path program(String word, boolean here) {
        Path program = Ringwall.path(word, "--command PATH");
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

    /** Returns whether no directory of units has a file of this unit, or of its template. */
    private static boolean unknown(UnitName unit) {
        String template = unit.text().replaceFirst("@[^@]*\\.", "@.");
        return Stream.of(unit.text(), template)
                .noneMatch(name -> ALL_UNITS.stream().anyMatch(folder -> Files.exists(folder.resolve(name))));
    }

    /** Returns a note if systemd opens sockets for a service before the service starts. */
    private static Optional<String> socketNote(UnitName unit) {
        String socket =
                unit.text().replaceFirst("@[^@]*\\.service$", ".service").replaceFirst("service$", "socket");
        boolean activated = unit.type().equals(UnitName.SERVICE)
                && ALL_UNITS.stream().anyMatch(folder -> Files.exists(folder.resolve(socket)));
        return activated
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
                if (!old.startsWith(UnitDropin.FIRST)) {
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
