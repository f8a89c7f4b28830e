// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.compiler.cli.InputException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

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
        ObjectNode critical = JsonText.object();
        critical.putObject("identity").put("docker-reference", reference.repositoryName());
        critical.putObject("image").put("docker-manifest-digest", digest);
        critical.put("type", PAYLOAD_KIND);
        ObjectNode root = JsonText.object();
        root.set("critical", critical);
        root.putNull("optional");
        return JsonText.bytes(root);
    }

    /**
     * Signs an artifact, and keeps its signatures by other keys.
     *
     * @param digest the digest of the artifact's manifest
     */
    static void add(Remote remote, Reference reference, String digest, SigningKey key) {
        byte[] payload = payload(reference, digest);
        Reference image = reference.signatureImage(digest);
        ObjectNode signed = Blob.of(PAYLOAD_TYPE, payload).json();
        signed.putObject("annotations").put(ANNOTATION, Base64.getEncoder().encodeToString(key.sign(payload)));
        List<JsonNode> layers = new ArrayList<>();
        remote.manifest(image).ifPresent(old -> layers.addAll(otherLayers(image, old, payload, key.publicKey())));
        layers.add(signed);
        if (layers.size() > MAX_SIGNATURES) {
            throw new InputException(
                    "`" + reference + "` has " + MAX_SIGNATURES + " signatures already", "push under another tag");
        }
        ObjectNode root = JsonText.object().put("schemaVersion", 2).put("mediaType", BundleArtifact.MANIFEST);
        byte[] config = config(layers);
        root.set("config", Blob.of(CONFIG_TYPE, config).json());
        root.putArray("layers").addAll(layers);
        remote.store(payload);
        remote.store(config);
        remote.store(image, JsonText.bytes(root));
    }

    /** Returns the stored layers, except a signature of the same payload by the same key. */
    private static List<JsonNode> otherLayers(Reference image, byte[] manifest, byte[] payload, VerifyingKey key) {
        List<JsonNode> otherLayers = new ArrayList<>();
        for (JsonNode layer : layers(image, manifest)) {
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
    private static byte[] config(List<JsonNode> layers) {
        ObjectNode root = JsonText.object().put("architecture", "").put("os", "");
        root.putObject("config");
        ArrayNode digests = root.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        layers.forEach(layer -> digests.add(Blob.read(layer).digest()));
        return JsonText.bytes(root);
    }

    private static List<JsonNode> layers(Reference image, byte[] manifest) {
        JsonNode layers = JsonText.read(manifest)
                .map(root -> root.path("layers"))
                .filter(JsonNode::isArray)
                .orElseThrow(() -> new InputException(
                        "`" + image + "` is not a signature of cosign", "remove it from the registry, and sign again"));
        if (layers.size() > MAX_SIGNATURES) {
            throw new InputException(
                    "`" + image + "` has more than " + MAX_SIGNATURES + " signatures", "remove some of them");
        }
        return new ArrayList<>(layers.values());
    }

    private static Optional<byte[]> signature(JsonNode layer) {
        try {
            return Optional.of(Base64.getDecoder().decode(JsonText.text(layer.path("annotations"), ANNOTATION)));
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
        for (JsonNode layer : layers(image, manifest.get())) {
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
        return JsonText.read(payload)
                .map(root -> root.path("critical"))
                .filter(critical -> JsonText.text(critical, "type").equals(PAYLOAD_KIND))
                .filter(critical -> JsonText.text(critical.path("image"), "docker-manifest-digest")
                        .equals(digest))
                .isPresent();
    }
}
