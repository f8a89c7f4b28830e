// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.FileEntry;
import org.ringwall.bundle.Manifest.MapEntry;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.bundle.Manifest.TestEntry;

/** A builder of bundles. The bytes depend only on what was added, not on the order or the time. */
public final class BundleWriter {
    private final String name;
    private final String version;
    private final String tool;
    private final String contract;
    private final SortedMap<String, PolicyEntry> policies = new TreeMap<>();
    private final SortedMap<String, byte[]> files = new TreeMap<>(EntryName.ORDER);

    /** Begins a bundle; the parameters are those of {@link Manifest}. */
    public BundleWriter(String name, String version, String tool, String contract) {
        this.name = name;
        this.version = version;
        this.tool = tool;
        this.contract = contract;
    }

    /**
     * A compiled object.
     *
     * @param elf the bytes of its file
     * @param targets the kernels on which it must load, oldest first
     */
    public record Compiled(BpfObject object, Bytes elf, List<String> targets) {
        public Compiled {
            targets = List.copyOf(targets);
        }
    }

    /**
     * Adds a policy.
     *
     * @param sources the content of its sources by their paths, first the policy itself
     * @param objects for different targets or byte orders
     * @throws IllegalArgumentException if there is a policy of this name
     */
    public void add(
            String policy,
            Map<String, byte[]> sources,
            List<ParamEntry> params,
            List<TestEntry> tests,
            List<Bypass> bypasses,
            List<Compiled> objects) {
        List<String> paths = new ArrayList<>();
        sources.forEach((path, content) -> {
            files.put("sources/" + path, content);
            paths.add("sources/" + path);
        });
        List<ObjectEntry> entries = new ArrayList<>();
        for (Compiled compiled : objects) {
            ObjectEntry entry = entry(policy, compiled);
            files.put(entry.path(), compiled.elf().toArray());
            entries.add(entry);
        }
        entries.sort(Comparator.comparing(ObjectEntry::path, EntryName.ORDER));
        if (policies.put(policy, new PolicyEntry(policy, paths, params, tests, bypasses, entries)) != null) {
            throw new IllegalArgumentException("there are two policies `" + policy + "`");
        }
    }

    private static ObjectEntry entry(String policy, Compiled compiled) {
        ByteOrder order = compiled.object().order();
        String endian = order.equals(ByteOrder.LITTLE_ENDIAN) ? "little" : "big";
        return new ObjectEntry(
                "objects/" + policy + "/" + compiled.targets().get(0) + "-" + endian + ".o",
                order,
                compiled.targets(),
                MapEntry.of(compiled.object()),
                KernelNeeds.of(compiled.object()));
    }

    /**
     * Returns the bytes of the bundle, a tar file.
     *
     * @throws BundleException if a path is invalid, or a size exceeds a limit
     */
    public byte[] write() throws BundleException {
        SortedMap<String, byte[]> all = new TreeMap<>(files);
        all.put(Sbom.NAME, Sbom.json(name, version, tool, policies.values(), digests(files)));
        byte[] manifest = ManifestText.write(
                new Manifest(name, version, tool, contract, List.copyOf(policies.values()), digests(all)));
        if (manifest.length > Manifest.MAX_BYTES) {
            throw new BundleException(
                    "the manifest has more than " + (Manifest.MAX_BYTES >> 20) + " MiB", "make several bundles");
        }
        CanonicalJson.parse(new String(manifest, StandardCharsets.UTF_8));
        return Archive.write(manifest, all);
    }

    /**
     * Returns a bundle as a gzip file. The compressed bytes depend on the zlib of this Java; the
     * digests do not, because they are computed over the uncompressed content.
     *
     * @param content what {@link #write} has returned
     */
    public static byte[] compressed(byte[] content) {
        return BundleFile.compressed(content);
    }

    /**
     * Returns the digest of a bundle, which {@link Bundle#digest} describes.
     *
     * @param content what {@link #write} has returned
     */
    public static String digest(byte[] content) {
        try {
            return Archive.of(ByteBuffer.wrap(content)).manifestDigest();
        } catch (BundleException e) {
            throw new IllegalArgumentException("this is not a bundle", e);
        }
    }

    private static Map<String, FileEntry> digests(SortedMap<String, byte[]> files) {
        Map<String, FileEntry> digests = new LinkedHashMap<>();
        files.forEach((path, content) -> digests.put(path, new FileEntry(content.length, Digests.hex(content))));
        return digests;
    }
}
