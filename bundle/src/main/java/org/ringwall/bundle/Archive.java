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
 * A parsed but unverified bundle: its entries, as views of one read-only buffer. The headers, names
 * and sizes of the entries have been checked, their content has not. Signatures are verified at
 * this stage: they cover {@link #manifestDigest}, and the manifest has the digests of all files.
 */
public final class Archive {
    /** The maximum size of an archive in bytes, uncompressed. */
    public static final int MAX_BYTES = 40 << 20;

    /** The maximum number of entries. */
    static final int MAX_ENTRIES = 4096;

    /** The name of the first entry. */
    static final String MANIFEST = "manifest.json";

    /**
     * The name of the entry with the signatures. The manifest does not list it, but it is sorted
     * among the other entries.
     */
    static final String ENVELOPE = "signature.dsse.json";

    private static final byte[] ZEROS = new byte[TarHeader.BLOCK];

    private final ByteBuffer content;
    private final Map<String, ByteBuffer> entries = new LinkedHashMap<>();

    private Archive(ByteBuffer content) {
        this.content = content.asReadOnlyBuffer();
    }

    /**
     * Parses the headers of an archive. The caller must not change the buffer afterwards.
     *
     * @param content the whole uncompressed file
     * @throws BundleException if any byte differs from what {@link #write} would write
     */
    public static Archive of(ByteBuffer content) throws BundleException {
        Archive archive = new Archive(content);
        archive.index();
        return archive;
    }

    private void index() throws BundleException {
        if (content.remaining() > MAX_BYTES) {
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
                "it has more than " + (MAX_BYTES >> 20) + " MiB",
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

    /** Parses and adds the entry at a byte offset; returns the offset of the next one. */
    private int entry(int at, byte[] block) throws BundleException {
        if (entries.size() == MAX_ENTRIES) {
            throw new BundleException("it has more than " + MAX_ENTRIES + " entries");
        }
        if (!TarHeader.isUstar(block)) {
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
        if (problem.isEmpty() && size > MAX_BYTES) {
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
     * Returns the bytes of this archive with this envelope instead of its own, if any.
     *
     * @throws BundleException if the result is larger than {@link #MAX_BYTES}
     */
    public byte[] withEnvelope(String envelope) throws BundleException {
        SortedMap<String, byte[]> files = new TreeMap<>(EntryName.ORDER);
        files().forEach((name, content) -> files.put(name, bytes(content)));
        files.put(ENVELOPE, envelope.getBytes(StandardCharsets.UTF_8));
        return write(bytes(manifest()), files);
    }

    /**
     * Returns the bytes of an archive with only the manifest and the signatures of this one. They
     * suffice to verify later that a file belongs to the bundle.
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
     * Returns whether the manifest lists exactly the files of this archive, with their sizes and
     * digests. It does not parse the manifest: `files` is its last member, and is compared with the
     * JSON that the files of this archive give. Verify the digest of the manifest first.
     */
    public boolean matchesManifest() {
        byte[] manifest = bytes(manifest());
        byte[] end = (",\"files\":" + Json.of(ManifestText.files(digests())) + "}\n").getBytes(StandardCharsets.UTF_8);
        int from = manifest.length - end.length;
        return from > 0 && Arrays.equals(manifest, from, manifest.length, end, 0, end.length);
    }

    private Map<String, Manifest.FileEntry> digests() {
        Map<String, Manifest.FileEntry> digests = new LinkedHashMap<>();
        files().forEach((name, content) ->
                digests.put(name, new Manifest.FileEntry(content.remaining(), Digests.hex(content))));
        return digests;
    }

    /**
     * Returns views of all entries except the manifest and the signatures by their names, sorted.
     * Names are relative paths without `..`.
     */
    public Map<String, ByteBuffer> files() {
        Map<String, ByteBuffer> files = new LinkedHashMap<>(entries);
        files.remove(MANIFEST);
        files.remove(ENVELOPE);
        return Collections.unmodifiableMap(files);
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
     * @param files all other entries by name, sorted by {@link EntryName#ORDER}
     * @throws BundleException if a name is invalid, or a size exceeds a limit
     */
    static byte[] write(byte[] manifest, SortedMap<String, byte[]> files) throws BundleException {
        if (files.size() >= MAX_ENTRIES) {
            throw new BundleException("a bundle has at most " + MAX_ENTRIES + " files", "make several bundles");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        append(out, MANIFEST, manifest);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            append(out, file.getKey(), file.getValue());
        }
        out.write(ZEROS, 0, TarHeader.BLOCK);
        out.write(ZEROS, 0, TarHeader.BLOCK);
        if (out.size() > MAX_BYTES) {
            throw tooLarge();
        }
        return out.toByteArray();
    }

    private static void append(ByteArrayOutputStream out, String name, byte[] content) throws BundleException {
        String problem = EntryName.fault(name).orElse("");
        if (!problem.isEmpty()) {
            throw new BundleException(
                    "the file `" + EntryName.shown(name) + "` " + problem + ", which a bundle cannot contain",
                    "rename it, or move it nearer to the folder of the build");
        }
        if (content.length > MAX_BYTES) {
            throw tooLarge();
        }
        out.writeBytes(TarHeader.of(name, content.length));
        out.writeBytes(content);
        out.write(ZEROS, 0, (int) padded(content.length) - content.length);
    }
}
