// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.apply.TestObjects;

/** Writes bundles of the policy `web`, each version with another object. */
public final class SignedBundles {
    private SignedBundles() {}

    /**
     * Returns a bundle that is not signed, and denies the port 9 and one that depends on the
     * version.
     */
    public static byte[] unsigned(String version) {
        return unsigned(version, version);
    }

    private static byte[] unsigned(String version, String build) {
        BpfObject object = TestObjects.denyPorts("web", 9, 1024 + Math.floorMod(build.hashCode(), 1024));
        BundleWriter writer = new BundleWriter("agents", version, "test 1", "1");
        writer.add(
                "web",
                Map.of("web.wall", new byte[1]),
                List.of(new ParamEntry(
                        "port", "port", BigInteger.ONE, BigInteger.valueOf(65535), BigInteger.valueOf(9))),
                List.of(),
                List.of(),
                List.of(new BundleWriter.Compiled(object, Bytes.of(ObjectWriter.write(object)), List.of("5.10"))));
        try {
            return writer.write();
        } catch (BundleException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a bundle with one signature to `VERSION.wallpack` of a folder. */
    public static Path write(Path folder, String version, SigningKey key) {
        return write(folder, version, version, key);
    }

    /**
     * Writes a bundle with one signature to `VERSION.wallpack` of a folder.
     *
     * @param build another one gives another object of the same version
     */
    public static Path write(Path folder, String version, String build, SigningKey key) {
        try {
            Archive archive = Archive.of(ByteBuffer.wrap(unsigned(version, build)));
            Envelope envelope = Envelope.of(archive.manifestDigest());
            envelope = envelope.with(key.publicKey(), key.sign(envelope.message()));
            return Files.write(folder.resolve(version + ".wallpack"), archive.withEnvelope(envelope.text()));
        } catch (BundleException | SigningException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
