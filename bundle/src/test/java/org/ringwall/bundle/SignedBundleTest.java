// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;

/** Tests that a signature covers every bit of a bundle, and changes nothing else. */
final class SignedBundleTest {
    private final SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);

    private static Archive archive(byte[] bytes) throws BundleException {
        return Archive.of(ByteBuffer.wrap(bytes));
    }

    private static byte[] signed(byte[] bytes, SigningKey key) throws Exception {
        Archive archive = archive(bytes);
        Envelope envelope = Envelope.of(archive.manifestDigest());
        return archive.withEnvelope(
                envelope.with(key.publicKey(), key.sign(envelope.message())).text());
    }

    /** Returns whether all of a bundle is what the key has signed. */
    private boolean isSigned(byte[] bytes) {
        try {
            Archive archive = archive(bytes);
            ByteBuffer envelope = archive.envelope().orElse(ByteBuffer.allocate(0));
            return archive.matchesManifest()
                    && Envelope.read(envelope, archive.manifestDigest()).isSignedBy(key.publicKey());
        } catch (BundleException | SigningException e) {
            return false;
        }
    }

    @Test
    void aSignatureChangesNothingElse() throws Exception {
        byte[] plain = SmallBundle.bytes();
        byte[] signed = signed(plain, key);
        assertThat(isSigned(signed)).isTrue();
        assertThat(isSigned(plain)).isFalse();
        assertThat(archive(plain).matchesManifest()).isTrue();
        assertThat(SmallBundle.read(signed).digest())
                .isEqualTo(SmallBundle.read(plain).digest());
        assertThat(signed(signed, key)).as("signing again").isEqualTo(signed);
        assertThat(SmallBundle.files(signed).keySet())
                .isEqualTo(SmallBundle.files(plain).keySet());
    }

    @Test
    void everyBitCounts() throws Exception {
        byte[] signed = signed(SmallBundle.writer("web").write(), key);
        assertThat(isSigned(signed)).isTrue();
        List<Integer> accepted = new ArrayList<>();
        for (int bit = 0; bit < signed.length * Byte.SIZE; bit++) {
            signed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            if (isSigned(signed)) {
                accepted.add(bit);
            }
            signed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        }
        assertThat(accepted).isEmpty();
    }

    @Test
    void everyLengthCounts() throws Exception {
        byte[] signed = signed(SmallBundle.writer("web").write(), key);
        List<Integer> accepted = new ArrayList<>();
        for (int length = 0; length < signed.length + 2048; length++) {
            if (length != signed.length && isSigned(Arrays.copyOf(signed, length))) {
                accepted.add(length);
            }
        }
        assertThat(accepted).isEmpty();
    }

    @Test
    void entriesThatAreMovedAddedOrLackingAreRefused() throws Exception {
        byte[] signed = signed(SmallBundle.bytes(), key);
        byte[] other = signed(SmallBundle.writer("web").write(), key);
        String envelope = new String(copy(archive(signed).envelope().orElseThrow()), StandardCharsets.US_ASCII);
        assertThat(isSigned(archive(other).withEnvelope(envelope))).isFalse();
        Map<String, byte[]> files = SmallBundle.files(signed);
        byte[] manifest = copy(archive(signed).manifest());
        files.remove(Archive.MANIFEST);
        for (String name : files.keySet()) {
            SortedMap<String, byte[]> some = sorted(files, envelope);
            assertThat(isSigned(Archive.write(manifest, some))).isTrue();
            some.remove(name);
            assertThat(isSigned(Archive.write(manifest, some))).as(name).isFalse();
        }
        SortedMap<String, byte[]> more = sorted(files, envelope);
        more.put("sources/more.wall", new byte[0]);
        assertThat(isSigned(Archive.write(manifest, more))).isFalse();
        SortedMap<String, byte[]> swapped = sorted(files, envelope);
        swapped.put("objects/web/5.10-little.o", files.get("objects/web/6.12-little.o"));
        swapped.put("objects/web/6.12-little.o", files.get("objects/web/5.10-little.o"));
        assertThat(isSigned(Archive.write(manifest, swapped))).isFalse();
    }

    @Test
    void theManifestCannotNameTheSignature() throws Exception {
        byte[] signed = signed(SmallBundle.bytes(), key);
        String manifest = new String(SmallBundle.manifest(), StandardCharsets.UTF_8);
        String named = manifest.replace("\"sbom.cdx.json\"", "\"signature.dsse.json\"");
        assertThat(named).isNotEqualTo(manifest);
        Map<String, byte[]> files = SmallBundle.files(signed);
        files.remove(Archive.MANIFEST);
        SortedMap<String, byte[]> all = sorted(files, "x");
        byte[] sbom = all.remove("sbom.cdx.json");
        all.put(Archive.ENVELOPE, sbom);
        byte[] hostile = Archive.write(SmallBundle.utf8(named), all);
        assertThat(archive(hostile).matchesManifest()).isFalse();
        assertThat(catchThrowable(() -> SmallBundle.read(hostile)))
                .hasMessage("the file `signature.dsse.json` that its manifest names is missing");
    }

    private static SortedMap<String, byte[]> sorted(Map<String, byte[]> files, String envelope) {
        SortedMap<String, byte[]> sorted = new TreeMap<>(EntryName.ORDER);
        sorted.putAll(files);
        sorted.put(Archive.ENVELOPE, SmallBundle.utf8(envelope));
        return sorted;
    }

    private static byte[] copy(ByteBuffer view) {
        byte[] copy = new byte[view.remaining()];
        view.get(copy);
        return copy;
    }
}
