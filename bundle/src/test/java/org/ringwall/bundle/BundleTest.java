// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Manifest.ObjectEntry;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

final class BundleTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void isReadAsItWasWritten() throws Exception {
        Bundle bundle = SmallBundle.read(SmallBundle.bytes());
        Manifest manifest = bundle.manifest();
        assertThat(manifest.name()).isEqualTo("org.example:agents");
        assertThat(manifest.policies()).extracting(Manifest.PolicyEntry::name).containsExactly("mail", "web");
        Manifest.PolicyEntry web = manifest.policies().get(1);
        assertThat(web.sources()).containsExactly("sources/src/web.wall", "sources/_parent/common.wall");
        assertThat(web.params().get(0).max()).isEqualTo("18446744073709551615");
        assertThat(web.tests()).containsExactly(new Manifest.TestEntry("\"quoted\" \u0085 \ufffd ü", 3));
        assertThat(web.objects())
                .extracting(ObjectEntry::path)
                .containsExactly("objects/web/5.10-big.o", "objects/web/5.10-little.o", "objects/web/6.12-little.o");
        assertThat(web.objects())
                .extracting(object -> object.needs().instructions())
                .containsExactly("v3", "v3", "v4");
        KernelNeeds needs = web.objects().get(0).needs();
        assertThat(needs.hooks()).containsExactly("connect4");
        assertThat(needs.helpers()).isEqualTo(Map.of("get_current_pid_tgid", List.of("connect4")));
        assertThat(needs.mapTypes()).containsExactly("lpm_trie");
        assertThat(bundle.object(web.objects().get(2))).hasSize(700).containsOnly(1);
    }

    @Test
    void dependsOnNothingButItsContent() throws Exception {
        byte[] bytes = SmallBundle.bytes();
        assertThat(SmallBundle.writer("mail", "web").write()).isEqualTo(bytes);
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
            assertThat(SmallBundle.bytes()).isEqualTo(bytes);
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
    }

    @Test
    void isTheTarFileThatCommonsCompressWrites() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name())) {
            for (Map.Entry<String, byte[]> file :
                    SmallBundle.files(SmallBundle.bytes()).entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey(), TarConstants.LF_NORMAL);
                entry.setSize(file.getValue().length);
                entry.setMode(0100644);
                entry.setModTime(0);
                entry.setIds(0, 0);
                entry.setNames("", "");
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        assertThat(SmallBundle.bytes()).isEqualTo(bytes.toByteArray());
    }

    @Test
    void longPathsAreSplitAndImpossibleOnesRefused() throws Exception {
        String name = "sources/" + "ordner/".repeat(20) + "ü".repeat(45) + ".wall";
        byte[] bytes = Archive.write(new byte[1], new TreeMap<>(Map.of(name, new byte[3])));
        assertThat(Archive.of(ByteBuffer.wrap(bytes)).files()).containsOnlyKeys(name);
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(bytes), "UTF-8")) {
            tar.getNextEntry();
            assertThat(tar.getNextEntry().getName()).isEqualTo(name);
        }
        for (String impossible : List.of("a".repeat(101), "d/".repeat(150) + "x", "../x", "a\\b")) {
            assertThatThrownBy(() -> Archive.write(new byte[1], new TreeMap<>(Map.of(impossible, new byte[3]))))
                    .isInstanceOf(BundleException.class)
                    .hasMessageContaining("which a bundle cannot contain");
        }
    }

    @Test
    @ToolTest("tar")
    void gnuTarUnpacksIt() throws Exception {
        Path file = Files.write(folder.resolve("x.wallpack"), SmallBundle.bytes());
        Command.run(folder, "tar", "-xf", file.toString()).succeeded();
        Map<String, byte[]> unpacked = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> each :
                SmallBundle.files(SmallBundle.bytes()).entrySet()) {
            unpacked.put(each.getKey(), Files.readAllBytes(folder.resolve(each.getKey())));
            assertThat(unpacked.get(each.getKey())).as(each.getKey()).isEqualTo(each.getValue());
        }
        assertThat(unpacked).hasSize(11);
    }

    @Test
    @ToolTest("gzip")
    void compressedBundlesHaveTheSameDigest() throws Exception {
        String digest = SmallBundle.read(SmallBundle.bytes()).digest();
        Path ours = Files.write(folder.resolve("ours.wallpack"), SmallBundle.bytes(true));
        Path theirs = Files.write(folder.resolve("theirs.wallpack"), SmallBundle.bytes());
        Command.run(folder, "gzip", "-n", theirs.toString()).succeeded();
        for (Path file : List.of(ours, folder.resolve("theirs.wallpack.gz"))) {
            assertThat(Bundle.of(Archive.of(BundleFile.read(file))).digest()).isEqualTo(digest);
        }
        Command.run(folder, "gzip", "-t", "-S", ".wallpack", ours.toString()).succeeded();
    }

    @Test
    void membersOfALaterVersionAreIgnored() throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>(SmallBundle.files(SmallBundle.bytes()));
        String manifest = new String(files.remove(Archive.MANIFEST), StandardCharsets.UTF_8);
        String later = manifest.replace("\"contract\":", "\"signers\":[[],{},true,-3,\"\"],\"contract\":");
        assertThat(later).isNotEqualTo(manifest);
        Bundle bundle = SmallBundle.read(Archive.write(SmallBundle.utf8(later), files));
        assertThat(bundle.manifest())
                .isEqualTo(SmallBundle.read(SmallBundle.bytes()).manifest());
    }

    @Test
    void twoPoliciesOfOneNameAreRefused() {
        assertThatThrownBy(() -> SmallBundle.writer("web", "web"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are two policies `web`");
    }
}
