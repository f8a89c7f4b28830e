// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.fixtures.SignedBundles;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Signed;

/** Records of origins that differ from the signed bundle, as a hostile process could write them. */
final class TrustReverifyTest {
    private final SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
    private final SigningKey other = SigningKey.generate(KeyAlgorithm.ED25519);

    @TempDir
    private Path folder = Path.of("");

    private Bytes kept = Bytes.EMPTY;
    private String digest = "";
    private String object = "";

    @BeforeEach
    void signABundle() throws Exception {
        kept = Bytes.of(Files.readAllBytes(SignedBundles.write(folder, "7", key)));
        Archive archive = Archive.of(ByteBuffer.wrap(kept.toArray()));
        digest = archive.manifestDigest();
        object = Bundle.manifest(archive).files().entrySet().stream()
                .filter(file -> file.getKey().endsWith(".o"))
                .findFirst()
                .orElseThrow()
                .getValue()
                .sha256();
    }

    private Signed again(BundleOrigin origin) {
        return Trust.of(TrustFiles.below(folder), false)
                .reverify("web", object, Optional.of(origin), Optional.of(kept));
    }

    private BundleOrigin origin(String name, String version, SigningKey by) {
        return new BundleOrigin(
                name, version, digest, Optional.of(by.publicKey().id()));
    }

    @Test
    void aRecordMustBeThatOfItsBundle() {
        BundleOrigin good = origin("agents", "7", key);
        assertThat(again(good).state()).isEqualTo(Signed.State.NOT_CHECKED);
        TrustFiles.below(folder).add(new TrustedKey(key.publicKey(), List.of(), Optional.empty(), Optional.empty()));
        assertThat(again(good))
                .isEqualTo(new Signed(Signed.State.VALID, key.publicKey().id()));
        Signed name = new Signed(Signed.State.INVALID, "the recorded bundle has another name or version");
        assertThat(again(origin("agents", "8", key))).isEqualTo(name);
        assertThat(again(origin("others", "7", key))).isEqualTo(name);
        assertThat(again(origin("agents", "7", other)))
                .isEqualTo(new Signed(Signed.State.INVALID, "the recorded key has not signed the bundle"));
    }
}
