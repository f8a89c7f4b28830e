// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.ringwall.bundle.Manifest.FileEntry;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;

/**
 * A bundle whose manifest and files agree: the manifest lists every file, and every file has the
 * size and the SHA-256 that the manifest states. Signatures are not verified, and objects are not
 * parsed.
 */
public final class Bundle {
    private final Archive archive;
    private final Manifest manifest;
    private final String digest;

    private Bundle(Archive archive, Manifest manifest) {
        this.archive = archive;
        this.manifest = manifest;
        this.digest = archive.manifestDigest();
    }

    /**
     * Parses the manifest of an archive and compares every file with it.
     *
     * @throws BundleException if the manifest is invalid, or a file differs from it
     */
    public static Bundle of(Archive archive) throws BundleException {
        Manifest manifest = ManifestText.read(archive.manifest());
        compare(archive.files(), manifest.files());
        check(manifest);
        return new Bundle(archive, manifest);
    }

    /**
     * Parses the manifest of an archive, whose files need not exist ({@link Archive#withoutFiles}).
     *
     * @throws BundleException if the manifest is invalid
     */
    public static Manifest manifest(Archive archive) throws BundleException {
        Manifest manifest = ManifestText.read(archive.manifest());
        check(manifest);
        return manifest;
    }

    private static void compare(Map<String, ByteBuffer> entries, Map<String, FileEntry> files) throws BundleException {
        for (String path : files.keySet()) {
            if (!entries.containsKey(path)) {
                throw new BundleException(
                        "the file `" + EntryName.shown(path) + "` that its manifest names is missing");
            }
        }
        for (Map.Entry<String, ByteBuffer> entry : entries.entrySet()) {
            FileEntry file = files.get(entry.getKey());
            String shown = "the file `" + EntryName.shown(entry.getKey()) + "`";
            if (file == null) {
                throw new BundleException("its manifest does not name " + shown);
            }
            if (file.size() != entry.getValue().remaining()) {
                throw new BundleException(shown + " has " + entry.getValue().remaining()
                        + " bytes, but the manifest says " + file.size());
            }
            if (!file.sha256().equals(Digests.hex(entry.getValue()))) {
                throw new BundleException(shown + " does not have the SHA-256 of the manifest: it was changed");
            }
        }
    }

    /** Rejects policies without objects, duplicate names, and objects that no policy lists. */
    private static void check(Manifest manifest) throws BundleException {
        if (manifest.policies().isEmpty()) {
            throw new BundleException("it contains no policy");
        }
        Set<String> names = new HashSet<>();
        Set<String> objects = new HashSet<>();
        for (PolicyEntry policy : manifest.policies()) {
            String shown = "policy `" + EntryName.shown(policy.name()) + "`";
            if (!names.add(policy.name())) {
                throw new BundleException("it contains " + shown + " twice");
            }
            if (policy.objects().isEmpty()) {
                throw new BundleException(shown + " has no object");
            }
            for (ObjectEntry object : policy.objects()) {
                if (!manifest.files().containsKey(object.path())
                        || !object.path().startsWith("objects/")) {
                    throw new BundleException("the object `" + EntryName.shown(object.path()) + "` of " + shown
                            + " is not among the files below objects/");
                }
                if (!objects.add(object.path())) {
                    throw new BundleException(
                            "the object `" + EntryName.shown(object.path()) + "` is named by two policies or targets");
                }
            }
        }
        for (String path : manifest.files().keySet()) {
            if (path.startsWith("objects/") && !objects.contains(path)) {
                throw new BundleException("the object `" + EntryName.shown(path) + "` belongs to no policy");
            }
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /**
     * Returns the SHA-256 of the manifest in hex. It does not depend on whether the bundle is
     * compressed or signed.
     */
    public String digest() {
        return digest;
    }

    /** Returns {@link Archive#withoutFiles}. */
    public byte[] withoutFiles() {
        return archive.withoutFiles();
    }

    /** Returns a read-only view of a file that the manifest names. */
    public ByteBuffer content(String path) {
        return archive.entry(path);
    }

    /** Returns a copy of an object. */
    public byte[] object(ObjectEntry object) {
        ByteBuffer view = archive.entry(object.path());
        byte[] bytes = new byte[view.remaining()];
        view.get(bytes);
        return bytes;
    }
}
