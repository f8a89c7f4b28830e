// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.TrustedPath;

/**
 * The directory of declarations. Since it decides what the host enforces, a file or object is
 * refused if users besides root and the user of this process can change it.
 */
final class Folder {
    static final int MAX_BYTES = 1 << 20;

    /** How long to wait for files that are being written. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path path;
    private final Path top;
    private final BiFunction<String, RecordedAdmission, List<PolicyObject>> reader;
    private final Supplier<RecordedAdmission> admissions;
    private final Host host;
    private SettledFile files;
    private final Map<Path, Cached> objects = new HashMap<>();
    private final Map<Path, String> texts = new HashMap<>();
    private Optional<Instant> patience = Optional.empty();
    private Optional<Duration> unsettled = Optional.empty();

    /**
     * Creates a view of a directory.
     *
     * @param top the mount point of cgroup2
     * @param host reads the declarations
     * @param reader reads the objects of a file for this kernel, if they are admitted
     * @param admissions returns the current decision about which files may be applied
     */
    Folder(
            Path path,
            Path top,
            Host host,
            BiFunction<String, RecordedAdmission, List<PolicyObject>> reader,
            Supplier<RecordedAdmission> admissions) {
        this.admissions = admissions;
        this.host = host;
        this.files = new SettledFile(host, SettledFile.AGE);
        this.path = path;
        this.top = top;
        this.reader = reader;
    }

    void settlesAfter(Duration age) {
        files = new SettledFile(host, age);
    }

    Path path() {
        return path;
    }

    /**
     * The cached objects of a file, with the attributes by which a change is detected: the change
     * time, and not the time of modification, which a program that unpacks an archive can set.
     */
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
     * Reads all declarations, in the order of their names. Where two files declare one instance,
     * neither counts while the instance is in force, because either could take it from the places
     * of the other. If it is not in force, the first counts.
     *
     * @param inForce returns the instances in force, if two files declare one
     * @param patient whether to wait for files that are being written; otherwise what they declared
     *     before counts, and {@link #unsettled} returns when to read them again
     * @throws InputException if there is no such directory
     */
    List<Entry> read(Supplier<Set<InstanceName>> inForce, boolean patient) {
        List<Entry> entries = new ArrayList<>();
        this.patience = patient ? Optional.of(Instant.now().plus(PATIENCE)) : Optional.empty();
        this.unsettled = Optional.empty();
        for (Path file : files()) {
            entries.addAll(entries(file));
        }
        Map<InstanceName, List<Path>> declaring = new HashMap<>();
        for (Entry entry : entries) {
            entry.declared()
                    .ifPresent(declared -> declaring
                            .computeIfAbsent(declared.name(), any -> new ArrayList<>())
                            .add(entry.file()));
        }
        Set<InstanceName> seen = new HashSet<>();
        return entries.stream()
                .map(entry -> {
                    Optional<InstanceName> name = entry.declared().map(Declared::name);
                    List<Path> all = name.map(declaring::get).orElse(List.of());
                    boolean first = name.filter(seen::add).isPresent();
                    boolean counts = all.size() < 2 || first && !inForce.get().contains(name.orElseThrow());
                    return counts ? entry : twice(entry, all.get(first ? 1 : 0));
                })
                .toList();
    }

    private static Entry twice(Entry entry, Path other) {
        InstanceName name = entry.declared().orElseThrow().name();
        return failed(
                entry.file(),
                entry.required(),
                entry.file() + ": `" + name + "` is declared by `" + other + "`, too",
                "declare its places in one file, or write another `instance`");
    }

    private List<Path> files() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, "*.{yaml,yml}")) {
            entries.forEach(found::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new InputException("there is no directory `" + path + "`", "create it, or name another with --dir");
        } catch (DirectoryIteratorException e) {
            throw unreadable(Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw unreadable(e);
        }
        found.sort(null);
        return found;
    }

    private HostException unreadable(IOException e) {
        return new HostException("cannot read `" + path + "`: " + IoReason.of(e), "run as root");
    }

    /** Returns an entry for each policy that a file declares, or one with its failure. */
    private List<Entry> entries(Path file) {
        boolean required = true;
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            // Removed since the directory was read.
            return List.of();
        }
        try {
            Optional<Failure> distrusted = distrusted(file);
            if (distrusted.isPresent()) {
                return List.of(new Entry(file, Optional.empty(), required, distrusted));
            }
            Optional<String> text = text(file);
            if (text.isEmpty()) {
                return List.of();
            }
            Declaration declaration = DeclarationParser.parse(file, text.get(), top, Instant.now());
            required = declaration.required();
            Optional<Failure> changeable = distrusted(declaration.object());
            if (changeable.isPresent()) {
                return List.of(new Entry(file, Optional.empty(), required, changeable));
            }
            List<Entry> entries = new ArrayList<>();
            List<PolicyObject> all = objects(declaration.object());
            refuseUnknownParams(declaration, all);
            for (PolicyObject object : all) {
                Declaration own = all.size() == 1 ? declaration : declaration.forParams(object.paramNames());
                entries.add(new Entry(file, Optional.of(new Declared(own, object)), required, Optional.empty()));
            }
            return entries;
        } catch (DeclarationException e) {
            return List.of(failed(file, required, e.failure()));
        } catch (IOException e) {
            return List.of(
                    failed(file, required, file + ": cannot be read: " + IoReason.of(e), "check its permissions"));
        } catch (RuntimeException e) {
            // Whatever is wrong with a file, the others are read.
            Failure failure = Failure.ofAny(e);
            return List.of(failed(
                    file,
                    required,
                    new Failure(failure.kind(), Printable.line(file + ": ") + failure.message(), failure.help())));
        }
    }

    /** Refuses a value of a param that none of several policies declares. */
    private static void refuseUnknownParams(Declaration declaration, List<PolicyObject> objects) {
        for (String name : declaration.params().keySet()) {
            if (objects.size() > 1
                    && objects.stream().noneMatch(object -> object.paramNames().contains(name))) {
                throw new InputException(
                        "no policy of the bundle has a param `" + Printable.of(name) + "`",
                        "check its name, or remove it");
            }
        }
    }

    private static Entry failed(Path file, boolean required, String message, String help) {
        return failed(file, required, new Failure(Failure.Kind.INPUT, message, help));
    }

    private static Entry failed(Path file, boolean required, Failure failure) {
        return new Entry(file, Optional.empty(), required, Optional.of(failure));
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

    /**
     * Returns the text of a file that no process is writing; that from before while one is, and
     * empty if there is none.
     */
    private Optional<String> text(Path file) throws IOException {
        SettledFile.Attempt attempt = files.read(file, MAX_BYTES);
        while (attempt.content().isEmpty()
                && patience.isPresent()
                && Instant.now().isBefore(patience.get())) {
            pause(attempt.again());
            attempt = files.read(file, MAX_BYTES);
        }
        if (attempt.content().isEmpty()) {
            Duration wait = attempt.again();
            unsettled =
                    unsettled.filter(soonest -> soonest.compareTo(wait) <= 0).or(() -> Optional.of(wait));
            if (texts.containsKey(file)
                    || attempt.changed().plus(PATIENCE).isAfter(Instant.now()) && patience.isEmpty()) {
                return Optional.ofNullable(texts.get(file));
            }
            throw new HostException(
                    "a process has the file open for writing, so that it may be incomplete",
                    "end that process, or let it close the file; until then what it declared before stays in force");
        }
        byte[] content = attempt.content().get();
        if (content.length > MAX_BYTES) {
            throw new InputException("the file is too large", "declare one policy, in at most 1 MiB");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            texts.put(file, text);
            return Optional.of(text);
        } catch (CharacterCodingException e) {
            throw new InputException("the file is not UTF-8", "convert it to UTF-8");
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when to read again the files that were being written; empty if none was. */
    Optional<Duration> unsettled() {
        return unsettled;
    }

    /**
     * Returns the objects of a file. They are cached while the file does not change, but only if
     * this host trusts no key, since keys are revoked and expire.
     */
    private List<PolicyObject> objects(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        Instant changed = SettledFile.changed(file);
        List<Object> attributes = List.of(Objects.requireNonNullElse(found.fileKey(), ""), found.size(), changed);
        Duration age = Duration.between(changed, Instant.now());
        Cached cached = objects.get(file);
        RecordedAdmission admission = admissions.get();
        if (cached == null || !admission.admitsAll() || !cached.attributes().equals(attributes)) {
            List<PolicyObject> read = reader.apply(file.toString(), admission);
            // A file that has just changed can change again at the same time of the kernel's clock.
            boolean settled = age.compareTo(SettledFile.AGE) >= 0;
            cached = new Cached(settled ? attributes : List.of(), read);
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
