// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.compiler.cli.InputException;

/**
 * The signatures of an artifact as cosign stores them: an image in the same repository with the tag
 * {@code sha256-DIGEST.sig}. Each layer is a payload in the format "simple signing", which contains
 * the digest of the artifact's manifest; its signature is an annotation of the layer.
 */
final class CosignSignatures {
    private static final String PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String ANNOTATION = "dev.cosignproject.cosign/signature";
    private static final String PAYLOAD_KIND = "cosign container image signature";

    /** The maximum number of signatures of one artifact. */
    private static final int MAX_SIGNATURES = 64;

    private static final int MAX_PAYLOAD_BYTES = 1 << 16;

    private CosignSignatures() {}

    /** Returns the payload to be signed, which contains the name and the digest of an artifact. */
    static byte[] payload(Reference reference, String digest) {
        Map<String, @Nullable Object> critical =
                JsonValue.object("identity", Map.of("docker-reference", reference.repositoryName()));
        critical.put("image", Map.of("docker-manifest-digest", digest));
        critical.put("type", PAYLOAD_KIND);
        Map<String, @Nullable Object> root = JsonValue.object("critical", critical);
        root.put("optional", null);
        return JsonValue.bytes(root);
    }

    /**
     * Signs an artifact, and keeps its signatures by other keys.
     *
     * @param digest the digest of the artifact's manifest
     */
    static void add(Remote remote, Reference reference, String digest, SigningKey key) {
        byte[] payload = payload(reference, digest);
        Reference image = reference.signatureImage(digest);
        Map<String, @Nullable Object> signed = Blob.of(PAYLOAD_TYPE, payload).json();
        signed.put("annotations", Map.of(ANNOTATION, Base64.getEncoder().encodeToString(key.sign(payload))));
        List<JsonValue> layers = new ArrayList<>();
        remote.manifest(image).ifPresent(old -> layers.addAll(otherLayers(image, old, payload, key.publicKey())));
        layers.add(new JsonValue(signed));
        if (layers.size() > MAX_SIGNATURES) {
            throw new InputException(
                    "`" + reference + "` has " + MAX_SIGNATURES + " signatures already", "push under another tag");
        }
        Map<String, @Nullable Object> root = JsonValue.object("schemaVersion", 2);
        root.put("mediaType", BundleArtifact.MANIFEST);
        byte[] config = config(layers);
        root.put("config", Blob.of(CONFIG_TYPE, config).json());
        root.put("layers", values(layers));
        remote.store(payload);
        remote.store(config);
        remote.store(image, JsonValue.bytes(root));
    }

    /** Returns the stored layers, except a signature of the same payload by the same key. */
    private static List<JsonValue> otherLayers(Reference image, byte[] manifest, byte[] payload, VerifyingKey key) {
        List<JsonValue> otherLayers = new ArrayList<>();
        for (JsonValue layer : layers(image, manifest)) {
            boolean same = Blob.read(layer).digest().equals(Sha256.of(payload))
                    && signature(layer)
                            .filter(bytes -> key.verifies(payload, bytes))
                            .isPresent();
            if (!same) {
                otherLayers.add(layer);
            }
        }
        return otherLayers;
    }

    /** Returns the configuration that the OCI image specification requires. */
    private static byte[] config(List<JsonValue> layers) {
        List<String> digests =
                layers.stream().map(layer -> Blob.read(layer).digest()).toList();
        Map<String, @Nullable Object> contents = JsonValue.object("type", "layers");
        contents.put("diff_ids", digests);
        Map<String, @Nullable Object> root = JsonValue.object("architecture", "");
        root.put("os", "");
        root.put("config", Map.of());
        root.put("rootfs", contents);
        return JsonValue.bytes(root);
    }

    private static List<@Nullable Object> values(List<JsonValue> layers) {
        List<@Nullable Object> values = new ArrayList<>();
        layers.forEach(layer -> values.add(layer.value()));
        return values;
    }

    private static List<JsonValue> layers(Reference image, byte[] manifest) {
        List<JsonValue> layers = JsonValue.read(manifest)
                .map(root -> root.at("layers"))
                .filter(value -> value.value() instanceof List)
                .map(JsonValue::list)
                .orElseThrow(() -> new InputException(
                        "`" + image + "` is not a signature of cosign", "remove it from the registry, and sign again"));
        if (layers.size() > MAX_SIGNATURES) {
            throw new InputException(
                    "`" + image + "` has more than " + MAX_SIGNATURES + " signatures", "remove some of them");
        }
        return layers;
    }

    private static Optional<byte[]> signature(JsonValue layer) {
        try {
            return Optional.of(Base64.getDecoder()
                    .decode(layer.at("annotations").at(ANNOTATION).text()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Verifies that a key has signed an artifact. Returns the reason why it has not, as a predicate
     * of the artifact; empty if it has.
     *
     * @param digest the digest of the artifact's manifest, which was compared with its content
     */
    static Optional<String> fault(Remote remote, Reference reference, String digest, VerifyingKey key) {
        Reference image = reference.signatureImage(digest);
        Optional<byte[]> manifest = remote.manifest(image);
        if (manifest.isEmpty()) {
            return Optional.of("is not signed in the registry");
        }
        boolean found = false;
        for (JsonValue layer : layers(image, manifest.get())) {
            Blob blob = Blob.read(layer);
            Optional<byte[]> signature = signature(layer);
            if (!blob.mediaType().equals(PAYLOAD_TYPE) || signature.isEmpty()) {
                continue;
            }
            if (!Sha256.isDigest(blob.digest()) || blob.size() < 0 || blob.size() > MAX_PAYLOAD_BYTES) {
                return Optional.of("has a signature with a wrong descriptor: it was changed");
            }
            byte[] payload = remote.blob(blob);
            if (key.verifies(payload, signature.get())) {
                found = true;
                if (namesDigest(payload, digest)) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(
                found
                        ? "has a signature by " + key.id() + " that belongs to another artifact"
                        : "has no valid signature by " + key.id());
    }

    private static boolean namesDigest(byte[] payload, String digest) {
        return JsonValue.read(payload)
                .map(root -> root.at("critical"))
                .filter(critical -> critical.at("type").text().equals(PAYLOAD_KIND))
                .filter(critical ->
                        critical.at("image").at("docker-manifest-digest").text().equals(digest))
                .isPresent();
    }
}
