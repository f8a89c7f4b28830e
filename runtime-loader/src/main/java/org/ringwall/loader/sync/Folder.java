// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sync;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.loader.apply.Failure;
import org.ringwall.loader.host.ObjectChooser;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.Param;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.Printable;
import org.ringwall.loader.sys.IoReason;
import org.ringwall.loader.sys.TrustedPath;

/**
 * The directory of declarations. Since it decides what the host enforces, a file or object is
 * refused if users besides root and the user of this process can change it.
 */
final class Folder {
    private static final long MAX_BYTES = 1 << 20;

    private final Path path;
    private final Path top;
    private final Supplier<ObjectChooser> choosers;
    private final Supplier<RecordedAdmission> admissions;
    private final Map<Path, Cached> objects = new HashMap<>();

    /**
     * Creates a view of a directory.
     *
     * @param top the mount point of cgroup2
     * @param choosers returns the chooser among the objects of a bundle
     * @param admissions returns the current decision about which files may be applied
     */
    Folder(Path path, Path top, Supplier<ObjectChooser> choosers, Supplier<RecordedAdmission> admissions) {
        this.admissions = admissions;
        this.path = path;
        this.top = top;
        this.choosers = choosers;
    }

    /** The cached objects of a file, with the attributes by which a change is detected. */
    private record Cached(List<Object> attributes, List<PolicyObject> objects) {}

    /** A readable declaration with its object, or the failure. */
    record Entry(Path file, Optional<Declared> declared, boolean required, Optional<Failure> failure) {}

    /** A declaration with its object. */
    record Declared(Declaration declaration, PolicyObject object) {
        InstanceName name() {
            return new InstanceName(object.policy(), declaration.instance());
        }
    }

    /**
     * Reads all declarations, in the order of their names.
     *
     * @throws InputException if there is no such directory
     */
    List<Entry> read() {
        List<Entry> entries = new ArrayList<>();
        Map<InstanceName, Path> names = new HashMap<>();
        for (Path file : files()) {
            for (Entry entry : entries(file)) {
                Optional<Path> first =
                        entry.declared().map(each -> each.name()).map(name -> names.putIfAbsent(name, file));
                entries.add(first.isEmpty() ? entry : twice(entry, first.get()));
            }
        }
        return entries;
    }

    private static Entry twice(Entry entry, Path first) {
        InstanceName name = entry.declared().orElseThrow().name();
        return failed(
                entry.file(),
                entry.required(),
                entry.file() + ": `" + name + "` is declared by `" + first + "`, too",
                "declare its places in one file, or write another `instance`");
    }

    private List<Path> files() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, "*.{yaml,yml}")) {
            entries.forEach(found::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new InputException("there is no directory `" + path + "`", "create it, or name another with --dir");
        } catch (IOException e) {
            throw new HostException("cannot read `" + path + "`: " + IoReason.of(e), "run as root");
        }
        found.sort(null);
        return found;
    }

    /** Returns an entry for each policy that a file declares, or one with its failure. */
    private List<Entry> entries(Path file) {
        boolean required = true;
        try {
            Optional<Failure> distrusted = distrusted(file);
            if (distrusted.isPresent()) {
                return List.of(new Entry(file, Optional.empty(), required, distrusted));
            }
            Declaration declaration = DeclarationParser.parse(file, text(file), top);
            required = declaration.required();
            Optional<Failure> changeable = distrusted(declaration.object());
            if (changeable.isPresent()) {
                return List.of(new Entry(file, Optional.empty(), required, changeable));
            }
            List<Entry> entries = new ArrayList<>();
            List<PolicyObject> all = objects(declaration.object());
            refuseUnknownParams(declaration, all);
            for (PolicyObject object : all) {
                Declaration own = all.size() == 1 ? declaration : declaration.forParams(names(object));
                entries.add(new Entry(file, Optional.of(new Declared(own, object)), required, Optional.empty()));
            }
            return entries;
        } catch (DeclarationException e) {
            return List.of(failed(file, required, String.valueOf(e.getMessage()), e.help()));
        } catch (InputException e) {
            return List.of(failed(file, required, file + ": " + e.getMessage(), e.help()));
        } catch (HostException e) {
            return List.of(new Entry(
                    file,
                    Optional.empty(),
                    required,
                    Optional.of(new Failure(Failure.Kind.REFUSED, file + ": " + e.getMessage(), e.help()))));
        } catch (IOException e) {
            return List.of(
                    failed(file, required, file + ": cannot be read: " + IoReason.of(e), "check its permissions"));
        }
    }

    private static Set<String> names(PolicyObject object) {
        return object.params().stream().map(Param::name).collect(Collectors.toSet());
    }

    /** Refuses a value of a param that none of several policies declares. */
    private static void refuseUnknownParams(Declaration declaration, List<PolicyObject> objects) {
        for (String name : declaration.params().keySet()) {
            if (objects.size() > 1
                    && objects.stream().noneMatch(object -> names(object).contains(name))) {
                throw new InputException(
                        "no policy of the bundle has a param `" + Printable.of(name) + "`",
                        "check its name, or remove it");
            }
        }
    }

    private static Entry failed(Path file, boolean required, String message, String help) {
        return new Entry(file, Optional.empty(), required, Optional.of(new Failure(Failure.Kind.INPUT, message, help)));
    }

    private static Optional<Failure> distrusted(Path file) throws IOException {
        try {
            return TrustedPath.ofThisProcess()
                    .weaknessOfName(file.toAbsolutePath())
                    .map(weakness -> new Failure(
                            Failure.Kind.REFUSED,
                            "`" + file + "` is not used: `" + weakness.path() + "` " + weakness.why(),
                            weakness.help()));
        } catch (NoSuchFileException e) {
            throw new InputException("there is no file `" + file + "`", "name an object that ringwallc compile wrote");
        }
    }

    private static String text(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new InputException("the file is too large", "declare one policy, in at most 1 MiB");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new InputException("the file is not UTF-8", "convert it to UTF-8");
        }
    }

    /**
     * Returns the objects of a file. They are cached while the file does not change, but only if
     * this host trusts no key, since keys are revoked and expire.
     */
    private List<PolicyObject> objects(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        List<Object> attributes =
                List.of(Objects.requireNonNullElse(found.fileKey(), ""), found.size(), found.lastModifiedTime());
        Cached cached = objects.get(file);
        RecordedAdmission admission = admissions.get();
        if (cached == null || !admission.admitsAll() || !cached.attributes().equals(attributes)) {
            List<ObjectChoice> choices = PolicyFile.read(file.toString(), admission);
            ObjectChooser chooser = choosers.get();
            cached =
                    new Cached(attributes, choices.stream().map(chooser::choose).toList());
            objects.put(file, cached);
        }
        return cached.objects();
    }

    /** Returns the directories to watch for changes of declarations and objects. */
    Set<Path> watched() {
        Set<Path> folders = new HashSet<>(Set.of(path));
        objects.keySet().forEach(file -> Optional.ofNullable(file.getParent()).ifPresent(folders::add));
        return folders;
    }
}
