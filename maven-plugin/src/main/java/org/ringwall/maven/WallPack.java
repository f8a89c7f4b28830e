// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.ringwall.compiler.api.Ringwall;

/**
 * An archive of policies: a tar file with a manifest, the objects and the sources, which
 * docs/maven.md specifies. It contains nothing that differs between two builds of the same inputs.
 *
 * @param module the group and the name of the module, with a colon between them
 * @param version the version of the module
 */
record WallPack(String module, String version) {
    /** The version of the format, in the manifest. */
    private static final int FORMAT = 1;

    private static final String MANIFEST = "manifest.json";

    /** The mode of every file: all read, the owner writes. */
    private static final int MODE = 0100644;

    /**
     * Returns the archive.
     *
     * @param sources the folder of the policies
     * @param objects the folder of the objects
     * @param policies what the goal `compile` has made, sorted by object
     */
    byte[] of(PolicyFolder sources, Path objects, List<Entry> policies) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        List<Map<String, Object>> described = new ArrayList<>();
        for (Entry entry : policies) {
            Path object = entry.outputs().get(0).path();
            byte[] bytes = Files.readAllBytes(object);
            String name = "objects/" + PolicyFolder.slashes(objects.relativize(object));
            files.put(name, bytes);
            List<String> inputs = new ArrayList<>();
            for (FileState input : entry.inputs()) {
                String source = source(sources, input.path());
                files.put(source, Files.readAllBytes(input.path()));
                inputs.add(source);
            }
            Map<String, Object> policy = new LinkedHashMap<>();
            policy.put("policy", entry.fact(CompileMojo.POLICY));
            policy.put("object", name);
            policy.put("sha256", FileState.digest(bytes));
            policy.put("hooks", List.of(entry.fact(CompileMojo.HOOKS).split(" ", -1)));
            policy.put("kernel", entry.fact(CompileMojo.KERNEL));
            policy.put("sources", inputs);
            described.add(policy);
        }
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("format", FORMAT);
        manifest.put("module", module);
        manifest.put("version", version);
        manifest.put("tool", "ringwallc " + Ringwall.version());
        manifest.put("policies", described);
        return tar((Json.text(manifest) + "\n").getBytes(StandardCharsets.UTF_8), files);
    }

    /**
     * Returns the path of a source in the archive: relative to the folder to which the names in
     * objects and the paths of included files are relative. A folder above that one is `_parent`.
     */
    private static String source(PolicyFolder sources, Path file) {
        List<String> parts = new ArrayList<>(List.of("sources"));
        for (Path part : sources.base().relativize(file)) {
            parts.add(part.toString().equals("..") ? "_parent" : part.toString());
        }
        return String.join("/", parts);
    }

    private static byte[] tar(byte[] manifest, Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            add(tar, MANIFEST, manifest);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                add(tar, file.getKey(), file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
        entry.setSize(content.length);
        entry.setMode(MODE);
        entry.setModTime(0);
        entry.setIds(0, 0);
        entry.setNames("", "");
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
