// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.text.Printable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.KernelNeeds;
import org.ringwall.bundle.Manifest.MapEntry;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.IoReason;

/** A reader of the file that a user names as policies: an object, or a bundle of objects. */
public final class PolicyFile {
    private static final String SUFFIX = ".wallpack";

    /** The first bytes of a bundle: the name of its first entry, or the magic of gzip. */
    private static final String FIRST = "manifest.json\0";

    private static final String GZIP = "\u001f\u008b";

    private static final Comparator<ObjectEntry> NEWEST_FIRST =
            Comparator.comparing(PolicyFile::oldestTarget).reversed().thenComparing(ObjectEntry::path);

    private PolicyFile() {}

    /**
     * Reads all policies of a file, and checks them as far as that needs no kernel.
     *
     * @return one choice for each policy
     * @throws InputException if the file cannot be read, or is neither an object that this loader
     *     can apply nor a sound bundle
     * @throws HostException if it is not admitted
     */
    public static List<ObjectChoice> read(String name, Admission admission) {
        if (!isBundle(name)) {
            // Files that are missing or no objects are reported as such.
            PolicyObject object = ObjectFile.read(name);
            admission.checkObject(name);
            return List.of(ObjectChoice.only(name, object));
        }
        Archive archive = archive(name);
        Admission.Content content = admission.checkSignatures(name, archive);
        Bundle bundle = bundle(name, archive);
        return choices(name, bundle, content.admit(bundle.manifest()));
    }

    /** Returns whether a file is a bundle by its first bytes, or by its name. */
    public static boolean isBundle(String name) {
        if (!Files.isRegularFile(Path.of(name))) {
            // Opening a FIFO would wait for a process that writes it.
            return name.endsWith(SUFFIX);
        }
        try (InputStream in = Files.newInputStream(Path.of(name))) {
            String first = new String(in.readNBytes(FIRST.length()), StandardCharsets.ISO_8859_1);
            return first.equals(FIRST)
                    || first.startsWith(GZIP)
                    || (name.endsWith(SUFFIX) && !first.startsWith("\u007fELF"));
        } catch (IOException e) {
            // What reads it reports why it cannot.
            return name.endsWith(SUFFIX);
        }
    }

    /**
     * Reads a bundle once, without a look into its entries.
     *
     * @throws InputException if it cannot be read, or is refused
     */
    public static Archive archive(String name) {
        try {
            refuseSpecial(Path.of(name));
            return Archive.of(BundleFile.read(Path.of(name)));
        } catch (BundleException e) {
            throw refused(name, e);
        } catch (NoSuchFileException e) {
            throw new InputException("there is no file `" + name + "`", "name a bundle that ringwallc bundle wrote");
        } catch (AccessDeniedException e) {
            throw new InputException(
                    "you have no permission to read `" + name + "`", "change its permissions, or run as its owner");
        } catch (IOException e) {
            throw new InputException("cannot read `" + name + "`: " + IoReason.of(e), "check its permissions");
        }
    }

    private static InputException refused(String name, BundleException e) {
        return new InputException(
                "the bundle `" + name + "` is refused: " + Printable.line(String.valueOf(e.getMessage())), e.help());
    }

    /**
     * Compares each file of a bundle with the manifest.
     *
     * @throws InputException if it is refused
     */
    public static Bundle bundle(String name, Archive archive) {
        try {
            return Bundle.of(archive);
        } catch (BundleException e) {
            throw refused(name, e);
        }
    }

    /**
     * Refuses what is not a regular file, as a FIFO, which a reader could wait for without end.
     *
     * @throws NoSuchFileException if there is no file
     */
    static void refuseSpecial(Path path) throws NoSuchFileException {
        if (Files.isRegularFile(path)) {
            return;
        }
        if (Files.exists(path)) {
            throw new InputException(
                    "`" + path + "` is not a regular file", "write the object or bundle to a file, and name that");
        }
        throw new NoSuchFileException(path.toString());
    }

    /** Returns the choices that a bundle offers to this machine. */
    public static List<ObjectChoice> choices(String name, Bundle bundle) {
        return choices(name, bundle, Map.of());
    }

    private static List<ObjectChoice> choices(String name, Bundle bundle, Map<String, String> keys) {
        List<ObjectChoice> choices = new ArrayList<>();
        for (PolicyEntry policy : bundle.manifest().policies()) {
            BundleOrigin origin = new BundleOrigin(
                    bundle.manifest().name(),
                    bundle.manifest().version(),
                    bundle.digest(),
                    Optional.ofNullable(keys.get(policy.name())));
            String label = bundle.manifest().policies().size() == 1 ? name : name + ":" + policy.name();
            List<ObjectChoice.Candidate> candidates = policy.objects().stream()
                    .filter(object -> object.order().equals(ByteOrder.nativeOrder()))
                    .sorted(NEWEST_FIRST)
                    .map(object -> candidate(name, bundle, policy, object, origin))
                    .toList();
            if (candidates.isEmpty()) {
                throw new InputException(
                        "`" + name + "` has no object of policy `" + Printable.of(policy.name())
                                + "` for the byte order of this machine",
                        "build the bundle with ringwallc bundle, which compiles for both byte orders");
            }
            choices.add(new ObjectChoice(label, candidates));
        }
        return choices;
    }

    private static ObjectChoice.Candidate candidate(
            String name, Bundle bundle, PolicyEntry policy, ObjectEntry entry, BundleOrigin origin) {
        String label = "`" + Printable.of(entry.path()) + "` of `" + name + "`";
        byte[] bytes = bundle.object(entry);
        try {
            PolicyObject object =
                    PolicyObject.of(ObjectReader.read(bytes)).fromFile(bytes).fromBundle(origin, bundle.withoutFiles());
            if (!object.policy().equals(policy.name())) {
                throw new InputException(
                        label + " is policy `" + object.policy() + "`, and the manifest says `"
                                + Printable.of(policy.name()) + "`",
                        "build the bundle again with ringwallc bundle or Maven");
            }
            different(object, policy, entry).ifPresent(what -> {
                throw new InputException(
                        label + " has other " + what + " than the manifest says",
                        "build the bundle again with ringwallc bundle or Maven");
            });
            return new ObjectChoice.Candidate(object, Optional.of(entry));
        } catch (ObjectFormatException e) {
            throw new InputException(
                    label + " is not a readable BPF object: " + e.getMessage(),
                    "build the bundle again with ringwallc bundle or Maven");
        } catch (InputException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(label) ? e : new InputException(label + ": " + message, e.help());
        }
    }

    /** Returns what of an object differs from the manifest, by which people judge the bundle. */
    private static Optional<String> different(PolicyObject object, PolicyEntry policy, ObjectEntry entry) {
        KernelNeeds needs = KernelNeeds.of(object.object());
        if (!needs.hooks().equals(entry.needs().hooks())) {
            return Optional.of("hooks");
        }
        if (!needs.equals(entry.needs())) {
            return Optional.of("needs of the kernel");
        }
        if (!MapEntry.of(object.object()).equals(entry.maps())) {
            return Optional.of("maps");
        }
        Set<ParamEntry> params = object.params().stream().map(PolicyFile::entry).collect(Collectors.toSet());
        return params.equals(Set.copyOf(policy.params())) ? Optional.empty() : Optional.of("params");
    }

    private static ParamEntry entry(Param param) {
        return new ParamEntry(
                param.name(), param.type(), number(param.min()), number(param.max()), number(param.preset()));
    }

    private static BigInteger number(long unsigned) {
        return new BigInteger(Long.toUnsignedString(unsigned));
    }

    /** Returns the oldest kernel on which an object must load; 0.0 if it is unknown. */
    private static KernelVersion oldestTarget(ObjectEntry object) {
        return object.targets().stream()
                .flatMap(text -> KernelVersion.parse(text).stream())
                .min(Comparator.naturalOrder())
                .orElse(new KernelVersion(0, 0));
    }
}
