// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what is refused, each with the whole message. */
final class HostileBundleTest {
    @TempDir
    private Path folder = Path.of("");

    private static String refused(byte[] bytes) {
        BundleException e = catchThrowableOfType(BundleException.class, () -> SmallBundle.read(bytes));
        assertThat(e).as("it was accepted").isNotNull();
        assertThat(e.help()).isNotEmpty();
        return String.valueOf(e.getMessage());
    }

    private String refusedFile(byte[] bytes) throws Exception {
        Path file = Files.write(folder.resolve("x.wallpack"), bytes);
        BundleException e =
                catchThrowableOfType(BundleException.class, () -> Bundle.of(Archive.of(BundleFile.read(file))));
        assertThat(e).as("it was accepted").isNotNull();
        return String.valueOf(e.getMessage());
    }

    /** Returns an archive with the manifest of the small bundle and one entry more. */
    private static byte[] with(TarArchiveEntry more) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            byte[] manifest = SmallBundle.manifest();
            TarArchiveEntry first = entry(Archive.MANIFEST, TarConstants.LF_NORMAL);
            first.setSize(manifest.length);
            tar.putArchiveEntry(first);
            tar.write(manifest);
            tar.closeArchiveEntry();
            tar.putArchiveEntry(more);
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    private static TarArchiveEntry entry(String name, byte type) {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setMode(0100644);
        entry.setModTime(0);
        entry.setIds(0, 0);
        entry.setNames("", "");
        return entry;
    }

    private static String at() throws Exception {
        int size = SmallBundle.manifest().length;
        return "entry 2 at byte " + (512 + (size + 511) / 512 * 512) + ", ";
    }

    @Test
    void namesThatLeadElsewhere() throws Exception {
        assertThat(refused(with(entry("/etc/passwd", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`/etc/passwd`, has an absolute path");
        assertThat(refused(with(entry("objects/../../x", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`objects/../../x`, has `..` in its path");
        assertThat(refused(with(entry("./x", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`./x`, has an empty part or `.` in its path");
        assertThat(refused(with(entry("a//x", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`a//x`, has an empty part or `.` in its path");
        assertThat(refused(with(entry("a\u001b[2J", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`a\ufffd[2J`, has a control character or a backslash in its name");
    }

    @Test
    void entriesThatAreNoFiles() throws Exception {
        Map<Byte, String> kinds = new LinkedHashMap<>();
        kinds.put(TarConstants.LF_LINK, "is a hard link");
        kinds.put(TarConstants.LF_SYMLINK, "is a symbolic link");
        kinds.put(TarConstants.LF_CHR, "is a device");
        kinds.put(TarConstants.LF_BLK, "is a device");
        kinds.put(TarConstants.LF_FIFO, "is a FIFO");
        kinds.put(TarConstants.LF_CONTIG, "is not a regular file");
        kinds.put(TarConstants.LF_GNUTYPE_SPARSE, "is a sparse file");
        kinds.put(TarConstants.LF_GNUTYPE_LONGNAME, "is a long name of GNU tar");
        for (Map.Entry<Byte, String> kind : kinds.entrySet()) {
            assertThat(refused(with(entry("objects/x", kind.getKey()))))
                    .isEqualTo(at() + "`objects/x`, " + kind.getValue());
        }
        assertThat(refused(with(entry("objects/", TarConstants.LF_DIR)))).endsWith("is a directory");
        assertThat(refused(with(entry("objects/ü", TarConstants.LF_NORMAL)))).endsWith("is a pax record");
        assertThat(refused(with(entry("a/".repeat(120) + "b", TarConstants.LF_NORMAL))))
                .endsWith("is a pax record");
    }

    @Test
    void headersInAnotherForm() throws Exception {
        TarArchiveEntry owned = entry("objects/x", TarConstants.LF_NORMAL);
        owned.setIds(1000, 0);
        assertThat(refused(with(owned)))
                .isEqualTo(at() + "`objects/x`, has an owner, a mode, a time or a split of its name that bundles do"
                        + " not have");
        byte[] bytes = SmallBundle.bytes();
        bytes[100] ^= 1;
        assertThat(refused(bytes)).isEqualTo("entry 1 at byte 0, `manifest.json`, has a header with a wrong checksum");
        bytes = SmallBundle.bytes();
        bytes[124] = (byte) 0x80;
        assertThat(refused(bytes))
                .isEqualTo("entry 1 at byte 0, `manifest.json`, has a size that is not an octal number");
        bytes = SmallBundle.bytes();
        bytes[124] = '7';
        assertThat(refused(bytes)).startsWith("entry 1 at byte 0, `manifest.json`, claims to have 7516");
    }

    @Test
    void orderAndDuplicates() throws Exception {
        Map<String, byte[]> files = SmallBundle.files(SmallBundle.bytes());
        assertThat(refused(with(entry(Archive.MANIFEST, TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`manifest.json`, occurs twice");
        assertThat(refused(with(entry(Archive.MANIFEST + "/x", TarConstants.LF_NORMAL))))
                .isEqualTo(at() + "`manifest.json/x`, is below another file");
        byte[] manifest = SmallBundle.manifest();
        files.remove(Archive.MANIFEST);
        Map<String, byte[]> backwards = new TreeMap<>(Comparator.reverseOrder());
        backwards.putAll(files);
        assertThat(refused(Archive.write(manifest, (SortedMap<String, byte[]>) backwards)))
                .endsWith("is not in the order of names");
        byte[] bytes = SmallBundle.bytes();
        assertThat(refused(Arrays.copyOfRange(bytes, 512 + (manifest.length + 511) / 512 * 512, bytes.length)))
                .isEqualTo("entry 1 at byte 0, `objects/mail/5.10-big.o`, is the first one instead of"
                        + " `manifest.json`");
    }

    @Test
    void truncatedAndAppended() throws Exception {
        byte[] bytes = SmallBundle.bytes();
        assertThat(refused(Arrays.copyOf(bytes, bytes.length - 512)))
                .isEqualTo("it is truncated at byte " + (bytes.length - 512) + ", after entry 11");
        assertThat(refused(Arrays.copyOf(bytes, bytes.length - 1024))).startsWith("it is truncated at byte");
        assertThat(refused(Arrays.copyOf(bytes, 600))).contains("`manifest.json`, is truncated: it has ");
        assertThat(refused(new byte[0])).isEqualTo("it is not a bundle: it has no complete entry");
        assertThat(refused(new byte[4096])).isEqualTo("it is not a bundle: it has no entries");
        assertThat(refused(SmallBundle.utf8("policy web\n".repeat(100))))
                .isEqualTo("it is not a bundle: it does not begin with `manifest.json`");
        assertThat(refused(Arrays.copyOf(bytes, bytes.length + 1)))
                .isEqualTo("there is data after its end, at byte " + bytes.length);
        byte[] more = Arrays.copyOf(bytes, bytes.length + 512);
        more[bytes.length - 512] = 1;
        assertThat(refused(more)).startsWith("there is data after the last entry, at byte ");
        byte[] padding = SmallBundle.bytes();
        padding[padding.length - 1025] = 1;
        assertThat(refused(padding)).endsWith("`sources/src/web.wall`, has data after its content");
    }

    @Test
    void bombs() throws Exception {
        assertThat(refusedFile(new byte[Archive.MAX_BYTES + 1])).isEqualTo("it has more than 40 MiB");
        byte[] gzip = gzip(new byte[Archive.MAX_BYTES + 1]);
        assertThat(gzip.length).isLessThan(50_000);
        assertThat(refusedFile(gzip)).isEqualTo("it has more than 40 MiB");
        byte[] understated = gzip(new byte[Archive.MAX_BYTES + 1]);
        Arrays.fill(understated, understated.length - 4, understated.length, (byte) 0);
        understated[understated.length - 3] = 1;
        assertThat(refusedFile(understated))
                .isEqualTo("as a gzip file, it has more than the 256 bytes that it declares");
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        many.writeBytes(TarHeader.of(Archive.MANIFEST, 0));
        for (int i = 0; i < Archive.MAX_ENTRIES; i++) {
            many.writeBytes(TarHeader.of("objects/%05d".formatted(i), 0));
        }
        assertThat(refused(many.toByteArray())).isEqualTo("it has more than 4096 entries");
    }

    private static byte[] gzip(byte[] content) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    @Test
    void damagedGzip() throws Exception {
        byte[] whole = SmallBundle.bytes(true);
        assertThat(refusedFile(Arrays.copyOf(whole, 17))).isEqualTo("as a gzip file, it is truncated");
        byte[] appended = new byte[whole.length + 8];
        System.arraycopy(whole, 0, appended, 0, whole.length);
        System.arraycopy(whole, whole.length - 8, appended, whole.length, 8);
        assertThat(refusedFile(appended)).isEqualTo("as a gzip file, there is data after its end");
        byte[] named = whole.clone();
        named[3] = 8;
        assertThat(refusedFile(named))
                .isEqualTo("its gzip header has a name or a comment, or names a method other than deflate");
        byte[] sum = whole.clone();
        sum[sum.length - 8] ^= 1;
        assertThat(refusedFile(sum)).isEqualTo("as a gzip file, its checksum is wrong");
        byte[] body = whole.clone();
        Arrays.fill(body, 12, 60, (byte) 0xff);
        assertThat(refusedFile(body)).isEqualTo("as a gzip file, it is damaged");
        byte[] longer = whole.clone();
        longer[longer.length - 4]++;
        assertThat(refusedFile(longer)).startsWith("as a gzip file, it has fewer than the ");
    }

    /** Returns the message for the small bundle with another manifest. */
    private static String manifest(UnaryOperator<String> change) throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>(SmallBundle.files(SmallBundle.bytes()));
        String before = new String(files.remove(Archive.MANIFEST), StandardCharsets.UTF_8);
        String after = change.apply(before);
        assertThat(after).as("the manifest was changed").isNotEqualTo(before);
        return refused(Archive.write(SmallBundle.utf8(after), files));
    }

    @Test
    void manifestsThatAreNotJson() throws Exception {
        String form = "its manifest is not JSON in the canonical form of bundles, at character ";
        assertThat(manifest(text -> "{")).isEqualTo(form + 2);
        assertThat(manifest(text -> "")).isEqualTo(form + 1);
        assertThat(manifest(text -> "\n")).isEqualTo(form + 1);
        assertThat(manifest(text -> "[]\n")).isEqualTo(form + 1);
        assertThat(manifest(text -> text + "\n")).startsWith(form);
        assertThat(manifest(text -> text.replace("{\"format\":1,", "{\"format\":1,\"format\":1,")))
                .isEqualTo(form + 13);
        assertThat(manifest(text -> text.replace("\"name\":", "\"\\x6eame\":"))).startsWith(form);
        assertThat(manifest(text -> text.replace("\"name\":", "\"\\u006eame\":")))
                .isEqualTo(form + 14);
        assertThat(manifest(text -> text.replace("\"format\":1", "\"format\":01")))
                .startsWith(form + 1);
        for (String other : List.of(
                "&a \"1\"", "*a", "!!str \"1\"", "'1'", "1.5", "1e1", "null", " \"1\"", "?", "|", "%", "-", "else")) {
            assertThat(manifest(text -> text.replace("\"1\"", other))).startsWith(form);
        }
        assertThat(manifest(text -> text.replace("\"1\"", "1".repeat(21)))).startsWith(form);
        assertThat(manifest(text -> text + "#\n")).startsWith(form);
        assertThat(manifest(text -> text + "---\n" + text)).startsWith(form);
        assertThat(manifest(text -> text.replace("\"format\":", "true:"))).isEqualTo(form + 2);
        assertThat(manifest(text -> text.replace("\"format\":", "[]:"))).isEqualTo(form + 2);
    }

    @Test
    void deepAndHugeManifests() throws Exception {
        assertThat(manifest(text -> "{\"a\":" + "[".repeat(1_000_000) + "]".repeat(1_000_000) + "}\n"))
                .contains("values nested deeper than 16 levels");
        assertThat(manifest(text -> "{\"a\":[" + "0,".repeat(900_000) + "0]}\n"))
                .contains("more than 100000 values");
        assertThat(manifest(text -> "{\"a\":\"" + "x".repeat(Manifest.MAX_BYTES) + "\"}\n"))
                .isEqualTo("its manifest has more than 2 MiB");
    }

    @Test
    void membersOfAnotherType() throws Exception {
        assertThat(manifest(text -> text.replace("\"format\":1", "\"format\":2")))
                .isEqualTo("it has version 2 of the format of bundles, which this ringwall does not support");
        assertThat(manifest(text -> text.replace("\"version\":\"7\",", ""))).isEqualTo("its manifest has no `version`");
        assertThat(manifest(text -> text.replace("\"version\":\"7\"", "\"version\":7")))
                .isEqualTo("`version` of its manifest is not a string");
        assertThat(manifest(text -> text.replaceFirst("\"lines\":3", "\"lines\":-1")))
                .isEqualTo("`policies[0].tests[0].lines` of its manifest is not a number from 0 to 2147483647");
        assertThat(manifest(text -> text.replaceFirst("\"endian\":\"big\"", "\"endian\":\"middle\"")))
                .isEqualTo("`policies[0].objects[0].endian` of its manifest is not `little` or `big`");
        assertThat(manifest(text -> text.replaceFirst("\"helpers\":\\{.*?\\}", "\"helpers\":[]")))
                .isEqualTo("`policies[0].objects[0].needs.helpers` of its manifest is not an object");
        assertThat(manifest(text -> text.replaceFirst("\"kernelTypes\":false", "\"kernelTypes\":0")))
                .isEqualTo("`policies[0].objects[0].needs.kernelTypes` of its manifest is not true or false");
    }

    @Test
    void filesThatDifferFromTheManifest() throws Exception {
        byte[] bytes = SmallBundle.bytes();
        bytes[bytes.length - 1536] ^= 1;
        assertThat(refused(bytes))
                .isEqualTo("the file `sources/src/web.wall` does not have the SHA-256 of the manifest: it was"
                        + " changed");
        Map<String, byte[]> files = SmallBundle.files(SmallBundle.bytes());
        byte[] manifest = SmallBundle.manifest();
        files.remove(Archive.MANIFEST);
        TreeMap<String, byte[]> other = new TreeMap<>(files);
        other.remove("objects/web/5.10-big.o");
        assertThat(refused(Archive.write(manifest, other)))
                .isEqualTo("the file `objects/web/5.10-big.o` that its manifest names is missing");
        other.putAll(files);
        other.put("objects/web/5.10-big.o.extra", new byte[1]);
        assertThat(refused(Archive.write(manifest, other)))
                .isEqualTo("its manifest does not name the file `objects/web/5.10-big.o.extra`");
        other.remove("objects/web/5.10-big.o.extra");
        other.put("objects/web/5.10-big.o", new byte[1]);
        assertThat(refused(Archive.write(manifest, other)))
                .isEqualTo("the file `objects/web/5.10-big.o` has 1 bytes, but the manifest says 700");
    }

    @Test
    void policiesWithoutTheirObjects() throws Exception {
        assertThat(manifest(text -> text.replaceFirst("\"policies\":.*\"files\"", "\"policies\":[],\"files\"")))
                .isEqualTo("it contains no policy");
        assertThat(manifest(text -> text.replace("\"name\":\"web\"", "\"name\":\"mail\"")))
                .isEqualTo("it contains policy `mail` twice");
        assertThat(manifest(
                        text -> text.replaceFirst("objects/mail/5.10-big.o\",\"endian", "sbom.cdx.json\",\"endian")))
                .isEqualTo("the object `sbom.cdx.json` of policy `mail` is not among the files below objects/");
        assertThat(manifest(text -> text.replaceFirst(
                        "objects/mail/5.10-big.o\",\"endian", "objects/mail/5.10-little.o\",\"endian")))
                .isEqualTo("the object `objects/mail/5.10-little.o` is named by two policies or targets");
        assertThat(manifest(text -> text.replaceFirst("\"objects\":\\[.*?\\}\\]\\}", "\"objects\":[]}")))
                .isEqualTo("policy `mail` has no object");
        assertThat(manifest(
                        text -> text.replaceFirst("\\{\"path\":\"objects/mail/5.10-big.o\",\"endian.*?\\}\\},", "")))
                .isEqualTo("the object `objects/mail/5.10-big.o` belongs to no policy");
    }
}
