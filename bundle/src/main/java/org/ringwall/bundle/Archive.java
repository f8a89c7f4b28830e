// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.Json;

/**
 * The entries of a bundle, as views of one read-only buffer. An archive is well-formed, but nothing
 * in it is trusted or parsed yet: this is the place to verify a signature, which covers the digest
 * of the manifest and by it everything else ({@link #manifestDigest}, {@link #manifest}).
 */
public final class Archive {
    /** The largest archive in bytes, uncompressed. */
    public static final int LARGEST = 40 << 20;

    /** The largest number of entries. */
    static final int MOST_ENTRIES = 4096;

    /** The name of the first entry. */
    static final String MANIFEST = "manifest.json";

    /**
     * The name of the entry with the signatures, which the manifest does not name. Its place is
     * that of the sorted names.
     */
    static final String ENVELOPE = "signature.dsse.json";

    private static final byte[] ZEROS = new byte[TarHeader.BLOCK];

    private final ByteBuffer content;
    private final Map<String, ByteBuffer> entries = new LinkedHashMap<>();

    private Archive(ByteBuffer content) {
        this.content = content.asReadOnlyBuffer();
    }

    /**
     * Finds the entries of an archive. The caller must not change the buffer afterwards.
     *
     * @param content the whole uncompressed file
     * @throws BundleException if it is not exactly what {@link #write} makes
     */
    public static Archive of(ByteBuffer content) throws BundleException {
        Archive archive = new Archive(content);
        archive.index();
        return archive;
    }

    private void index() throws BundleException {
        if (content.remaining() > LARGEST) {
            throw tooLarge();
        }
        int at = 0;
        while (true) {
            byte[] block = block(at);
            if (Arrays.equals(block, ZEROS)) {
                end(at);
                return;
            }
            at = entry(at, block);
        }
    }

    static BundleException tooLarge() {
        return new BundleException(
                "it has more than " + (LARGEST >> 20) + " MiB",
                "make several bundles, or apply the objects themselves");
    }

    private byte[] block(int at) throws BundleException {
        if (content.remaining() - at < TarHeader.BLOCK) {
            throw new BundleException(
                    entries.isEmpty()
                            ? "it is not a bundle: it has no complete entry"
                            : "it is truncated at byte " + content.remaining() + ", after entry " + entries.size());
        }
        byte[] block = new byte[TarHeader.BLOCK];
        content.get(at, block);
        return block;
    }

    private void end(int at) throws BundleException {
        if (entries.isEmpty()) {
            throw new BundleException("it is not a bundle: it has no entries");
        }
        if (!Arrays.equals(block(at + TarHeader.BLOCK), ZEROS)) {
            throw new BundleException("there is data after the last entry, at byte " + (at + TarHeader.BLOCK));
        }
        if (content.remaining() != at + 2 * TarHeader.BLOCK) {
            throw new BundleException("there is data after its end, at byte " + (at + 2 * TarHeader.BLOCK));
        }
    }

    /** Adds the entry at an offset, and returns the offset of the next one. */
    private int entry(int at, byte[] block) throws BundleException {
        if (entries.size() == MOST_ENTRIES) {
            throw new BundleException("it has more than " + MOST_ENTRIES + " entries");
        }
        if (!TarHeader.isOne(block)) {
            throw entries.isEmpty()
                    ? new BundleException(
                            "it is not a bundle: it does not begin with `" + MANIFEST + "`"
                                    + (block[0] == 0x7f && block[1] == 'E' ? ", it is an object" : ""),
                            "name a file that ringwallc bundle or Maven wrote; ringwallc dump shows an object")
                    : fault("", at, "has no header of the format ustar");
        }
        String name;
        try {
            name = TarHeader.name(block);
        } catch (CharacterCodingException e) {
            throw fault("", at, "has a name that is not UTF-8");
        }
        String problem = TarHeader.kind(block);
        if (problem.isEmpty()) {
            problem = EntryName.fault(name).orElse("");
        }
        if (problem.isEmpty() && entries.isEmpty() && !name.equals(MANIFEST)) {
            problem = "is the first one instead of `" + MANIFEST + "`";
        }
        long size = TarHeader.size(block);
        if (problem.isEmpty() && size > LARGEST) {
            problem = "claims to have " + size + " bytes";
        }
        if (problem.isEmpty() && (size < 0 || !Arrays.equals(block, TarHeader.of(name, (int) size)))) {
            problem = TarHeader.fault(block);
        }
        if (!problem.isEmpty()) {
            throw fault(name, at, problem);
        }
        int start = at + TarHeader.BLOCK;
        long end = start + padded(size);
        if (end > content.remaining()) {
            throw fault(name, at, "is truncated: it has " + size + " bytes, and the file ends before");
        }
        refuseDisorder(name, at);
        byte[] padding = new byte[(int) (end - start - size)];
        content.get((int) (start + size), padding);
        if (!Arrays.equals(padding, new byte[padding.length])) {
            throw fault(name, at, "has data after its content");
        }
        entries.put(name, content.slice(start, (int) size));
        return (int) end;
    }

    private static long padded(long size) {
        return (size + TarHeader.BLOCK - 1) / TarHeader.BLOCK * TarHeader.BLOCK;
    }

    private @Nullable String last;

    private void refuseDisorder(String name, int at) throws BundleException {
        if (entries.containsKey(name)) {
            throw fault(name, at, "occurs twice");
        }
        if (last != null && EntryName.ORDER.compare(last, name) > 0) {
            throw fault(name, at, "is not in the order of names");
        }
        for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
            if (entries.containsKey(name.substring(0, slash))) {
                throw fault(name, at, "is below another file");
            }
        }
        last = entries.isEmpty() ? null : name;
    }

    private BundleException fault(String name, int at, String what) {
        return new BundleException("entry " + (entries.size() + 1) + " at byte " + at
                + (name.isEmpty() ? "" : ", `" + EntryName.shown(name) + "`,") + " " + what);
    }

    /** Returns the content of the manifest. */
    public ByteBuffer manifest() {
        return entry(MANIFEST);
    }

    /** Returns the SHA-256 of the manifest in hex, which identifies the bundle and its files. */
    public String manifestDigest() {
        return Digests.hex(manifest());
    }

    /** Returns the content of the entry with the signatures; empty if the bundle is not signed. */
    public Optional<ByteBuffer> envelope() {
        return Optional.ofNullable(entries.get(ENVELOPE)).map(ByteBuffer::duplicate);
    }

    /**
     * Returns the bytes of this archive with other signatures. All other entries stay as they are.
     *
     * @throws BundleException if it becomes too large
     */
    public byte[] withEnvelope(String envelope) throws BundleException {
        SortedMap<String, byte[]> files = new TreeMap<>(EntryName.ORDER);
        others().forEach((name, content) -> files.put(name, bytes(content)));
        files.put(ENVELOPE, envelope.getBytes(StandardCharsets.UTF_8));
        return write(bytes(manifest()), files);
    }

    /**
     * Returns the bytes of an archive with the manifest and the signatures of this one, and nothing
     * else: what is needed to verify again that a file is one of the bundle.
     */
    public byte[] withoutFiles() {
        SortedMap<String, byte[]> files = new TreeMap<>(EntryName.ORDER);
        envelope().ifPresent(envelope -> files.put(ENVELOPE, bytes(envelope)));
        try {
            return write(bytes(manifest()), files);
        } catch (BundleException e) {
            throw new IllegalStateException("a part of an archive is smaller than the archive", e);
        }
    }

    private static byte[] bytes(ByteBuffer view) {
        byte[] bytes = new byte[view.remaining()];
        view.duplicate().get(bytes);
        return bytes;
    }

    /**
     * Returns whether the manifest names exactly the entries of this archive with their sizes and
     * digests. Needs no parser: the names are the last member of the manifest, in a form that their
     * content determines. Of use after the digest of the manifest was verified.
     */
    public boolean hasWhatItsManifestNames() {
        byte[] manifest = bytes(manifest());
        byte[] end = (",\"files\":" + Json.of(ManifestText.files(digests())) + "}\n").getBytes(StandardCharsets.UTF_8);
        int from = manifest.length - end.length;
        return from > 0 && Arrays.equals(manifest, from, manifest.length, end, 0, end.length);
    }

    private Map<String, Manifest.FileEntry> digests() {
        Map<String, Manifest.FileEntry> digests = new LinkedHashMap<>();
        others().forEach((name, content) ->
                digests.put(name, new Manifest.FileEntry(content.remaining(), Digests.hex(content))));
        return digests;
    }

    /**
     * Returns views of the entries besides the manifest and the signatures, in their order. Their
     * names are relative paths without `..`.
     */
    public Map<String, ByteBuffer> others() {
        Map<String, ByteBuffer> others = new LinkedHashMap<>(entries);
        others.remove(MANIFEST);
        others.remove(ENVELOPE);
        return Collections.unmodifiableMap(others);
    }

    /** Returns a new view of the content of an entry that exists. */
    ByteBuffer entry(String name) {
        ByteBuffer found = entries.get(name);
        if (found == null) {
            throw new IllegalArgumentException("there is no entry `" + name + "`");
        }
        return found.duplicate();
    }

    /**
     * Returns the bytes of an archive.
     *
     * @param files the other entries, sorted by {@link EntryName#ORDER}
     * @throws BundleException if a name or a size is not possible
     */
    static byte[] write(byte[] manifest, SortedMap<String, byte[]> files) throws BundleException {
        if (files.size() >= MOST_ENTRIES) {
            throw new BundleException("a bundle has at most " + MOST_ENTRIES + " files", "make several bundles");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        append(out, MANIFEST, manifest);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            append(out, file.getKey(), file.getValue());
        }
        out.write(ZEROS, 0, TarHeader.BLOCK);
        out.write(ZEROS, 0, TarHeader.BLOCK);
        if (out.size() > LARGEST) {
            throw tooLarge();
        }
        return out.toByteArray();
    }

    private static void append(ByteArrayOutputStream out, String name, byte[] content) throws BundleException {
        String problem = EntryName.fault(name).orElse("");
        if (!problem.isEmpty()) {
            throw new BundleException(
                    "the file `" + EntryName.shown(name) + "` " + problem + ", which no bundle can contain",
                    "rename it, or move it nearer to the folder of the build");
        }
        if (content.length > LARGEST) {
            throw tooLarge();
        }
        out.writeBytes(TarHeader.of(name, content.length));
        out.writeBytes(content);
        out.write(ZEROS, 0, (int) padded(content.length) - content.length);
    }
}
