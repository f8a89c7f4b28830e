// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.ringwall.packaging.FileTree.Entry;

/**
 * A reproducible writer of deb(5) files: an ar archive with the version of the format, the control
 * files and the data. All times are equal, all files belong to root, and modes are fixed.
 */
final class DebWriter {
    private static final int DIRECTORY_MODE = 0755;
    private static final int PROGRAM_MODE = 0755;
    private static final int FILE_MODE = 0644;
    private static final int LINK_MODE = 0777;
    private static final int MEMBER_MODE = 0100644;

    private final Instant time;

    DebWriter(Instant time) {
        this.time = time;
    }

    /**
     * Writes a package.
     *
     * @param control the fields of the control file, each with its newline, without Installed-Size
     * @param scripts the maintainer scripts by their names, such as {@code postinst}
     */
    void write(String control, Map<String, String> scripts, FileTree data, OutputStream out) throws IOException {
        FileTree files = new FileTree();
        files.text("control", control + "Installed-Size: " + installedKib(data) + "\n");
        files.text("md5sums", digests(data));
        scripts.forEach((name, text) -> files.script(name, text));
        try (ArArchiveOutputStream ar = new ArArchiveOutputStream(out)) {
            member(ar, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
            member(ar, "control.tar.gz", tar(files));
            member(ar, "data.tar.gz", tar(data));
        }
    }

    private void member(ArArchiveOutputStream ar, String name, byte[] content) throws IOException {
        ar.putArchiveEntry(new ArArchiveEntry(name, content.length, 0, 0, MEMBER_MODE, time.getEpochSecond()));
        ar.write(content);
        ar.closeArchiveEntry();
    }

    private byte[] tar(FileTree tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(new GzipCompressorOutputStream(bytes, FileTree.gzip()), "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            entry(tar, "./", new Entry.Directory());
            for (Map.Entry<String, Entry> file : tree.entries().entrySet()) {
                String slash = file.getValue() instanceof Entry.Directory ? "/" : "";
                entry(tar, "./" + file.getKey() + slash, file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private void entry(TarArchiveOutputStream tar, String name, Entry entry) throws IOException {
        byte[] content = FileTree.content(entry);
        TarArchiveEntry made = entry instanceof Entry.Link
                ? new TarArchiveEntry(name, TarConstants.LF_SYMLINK)
                : new TarArchiveEntry(name);
        if (entry instanceof Entry.Link link) {
            made.setLinkName(link.target());
        }
        made.setMode(mode(entry));
        made.setSize(content.length);
        made.setModTime(time.toEpochMilli());
        made.setIds(0, 0);
        made.setNames("root", "root");
        tar.putArchiveEntry(made);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static int mode(Entry entry) {
        if (entry instanceof Entry.Directory) {
            return DIRECTORY_MODE;
        }
        if (entry instanceof Entry.Link) {
            return LINK_MODE;
        }
        boolean executable = entry instanceof Entry.Bytes bytes && bytes.executable()
                || entry instanceof Entry.Copy copy && copy.executable();
        return executable ? PROGRAM_MODE : FILE_MODE;
    }

    /** Returns the installed size as dpkg-gencontrol(1): files rounded up to KiB, others 1 KiB. */
    private static long installedKib(FileTree data) throws IOException {
        long kib = 0;
        for (Entry entry : data.entries().values()) {
            kib += Math.max(1, (FileTree.content(entry).length + 1023L) / 1024);
        }
        return kib;
    }

    private static String digests(FileTree data) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, Entry> file : data.entries().entrySet()) {
            Entry entry = file.getValue();
            if (entry instanceof Entry.Bytes || entry instanceof Entry.Copy) {
                lines.append(md5(FileTree.content(entry)))
                        .append("  ")
                        .append(file.getKey())
                        .append('\n');
            }
        }
        return lines.toString();
    }

    static String md5(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
