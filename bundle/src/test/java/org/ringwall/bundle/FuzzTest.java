// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated bundles: each is refused with a declared error, or its content is that of the manifest by
 * another reader of tar files. `-Dringwall.bundle.mutations=100000` before a release.
 */
final class FuzzTest {
    private static final int MUTATIONS = Integer.getInteger("ringwall.bundle.mutations", 2000);
    private static final long SEED = Long.getLong("ringwall.seed", 20261124);

    @TempDir
    private Path folder = Path.of("");

    private final Random random = new Random(SEED);

    @Test
    void mutatedBundlesAreRefusedOrWhatTheirManifestSays() throws Exception {
        byte[] stored = SmallBundle.bytes();
        byte[] gzip = SmallBundle.bytes(true);
        Path file = folder.resolve("x.wallpack");
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated;
            switch (i % 4) {
                case 0 -> mutated = bytes(stored);
                case 1 -> mutated = bytes(gzip);
                case 2 -> mutated = manifest(stored);
                default -> mutated = entries(stored);
            }
            Files.write(file, mutated);
            Optional<Bundle> read = read(file, i);
            accepted += read.isPresent() ? 1 : 0;
            if (read.isPresent()) {
                check(read.get(), inflated(file), i);
            }
        }
        assertThat(accepted).as("of %s mutations", MUTATIONS).isLessThan(MUTATIONS / 2);
    }

    private static Optional<Bundle> read(Path file, int i) throws Exception {
        try {
            return Optional.of(Bundle.of(Archive.of(BundleFile.read(file))));
        } catch (BundleException e) {
            assertThat(e.getMessage())
                    .as("mutation %s of seed %s", i, SEED)
                    .isNotEmpty()
                    .doesNotContain("\n");
            assertThat(e.help()).isNotEmpty();
            return Optional.empty();
        }
    }

    private static byte[] inflated(Path file) throws Exception {
        ByteBuffer buffer = BundleFile.read(file);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void check(Bundle bundle, byte[] archive, int i) throws Exception {
        int files = 0;
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(archive), "UTF-8")) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String digest = Digests.hex(tar.readAllBytes());
                String expected = entry.getName().equals(Archive.MANIFEST)
                        ? bundle.digest()
                        : Objects.requireNonNull(bundle.manifest().files().get(entry.getName()))
                                .sha256();
                assertThat(digest)
                        .as("mutation %s of seed %s: %s", i, SEED, entry.getName())
                        .isEqualTo(expected);
                files++;
            }
        }
        assertThat(files).isEqualTo(bundle.manifest().files().size() + 1);
    }

    /** Changes, cuts, repeats or exchanges bytes at random places. */
    private byte[] bytes(byte[] from) {
        byte[] out = from.clone();
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(out.length);
            int length = Math.min(out.length - at, 1 << random.nextInt(11));
            switch (random.nextInt(6)) {
                case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> Arrays.fill(out, at, at + length, (byte) random.nextInt(256));
                case 2 -> out = Arrays.copyOf(out, Math.max(1, at));
                case 3 -> out = Arrays.copyOf(out, out.length + random.nextInt(1024));
                case 4 -> System.arraycopy(out, random.nextInt(out.length - length + 1), out, at, length);
                default -> {
                    // A header field of an entry.
                    int block = random.nextInt(Math.max(1, out.length / 512)) * 512;
                    out[Math.min(out.length - 1, block + random.nextInt(512))] = (byte) random.nextInt(256);
                }
            }
        }
        return out;
    }

    /** Changes the text of the manifest inside of an archive that is otherwise in order. */
    private byte[] manifest(byte[] from) throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>(SmallBundle.files(from));
        String text = new String(files.remove(Archive.MANIFEST), StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder(text);
        String[] words = {
            "{",
            "}",
            "[",
            "]",
            "\"",
            ",",
            ":",
            "0",
            "-1",
            "true",
            "null",
            "&a ",
            "*a",
            "!!str ",
            "\\u0000",
            "18446744073709551616",
            "# ",
            "\n",
            "- ",
            "? ",
            "|",
            "''",
            "..",
            "objects/web/5.10-big.o"
        };
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(out.length());
            String word = words[random.nextInt(words.length)];
            switch (random.nextInt(4)) {
                case 0 -> out.insert(at, word);
                case 1 -> out.replace(at, Math.min(out.length(), at + word.length()), word);
                case 2 -> out.delete(at, Math.min(out.length() - 1, at + random.nextInt(40)));
                default -> out.insert(at, text, Math.min(at, text.length()), Math.min(text.length(), at + 30));
            }
        }
        return Archive.write(out.toString().getBytes(StandardCharsets.UTF_8), files);
    }

    /** Renames, removes, adds or changes whole entries, with correct headers. */
    private byte[] entries(byte[] from) throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>(EntryName.ORDER);
        files.putAll(SmallBundle.files(from));
        byte[] manifest = Objects.requireNonNull(files.remove(Archive.MANIFEST));
        String name = files.keySet().stream()
                .skip(random.nextInt(files.size()))
                .findFirst()
                .orElseThrow();
        Map.Entry<String, byte[]> other = files.firstEntry();
        switch (random.nextInt(5)) {
            case 0 -> files.remove(name);
            case 1 -> files.put(name + "x", new byte[random.nextInt(2000)]);
            case 2 -> files.put(name, other.getValue());
            case 3 -> {
                byte[] content = Objects.requireNonNull(files.get(name));
                content[random.nextInt(content.length)] ^= 4;
            }
            default -> {
                return Archive.write(manifest, files);
            }
        }
        return Archive.write(manifest, files);
    }
}
