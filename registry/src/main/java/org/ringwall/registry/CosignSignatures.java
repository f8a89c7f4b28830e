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
 * The signatures of an artifact as cosign stores them: an image beside the artifact, each layer of
 * which is a signed text that names the digest of the artifact. The signature is an annotation.
 */
final class CosignSignatures {
    private static final String TEXT_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String ANNOTATION = "dev.cosignproject.cosign/signature";
    private static final String KIND = "cosign container image signature";

    /** More than any artifact has signatures. */
    private static final int MOST = 64;

    private static final int LARGEST_TEXT = 1 << 16;

    private CosignSignatures() {}

    /** Returns the text to be signed: that an artifact has this digest. */
    static byte[] text(Reference reference, String digest) {
        ObjectNode critical = JsonText.object();
        critical.putObject("identity").put("docker-reference", reference.place());
        critical.putObject("image").put("docker-manifest-digest", digest);
        critical.put("type", KIND);
        ObjectNode root = JsonText.object();
        root.set("critical", critical);
        root.putNull("optional");
        return JsonText.bytes(root);
    }

    /**
     * Signs an artifact, and keeps the signatures of others.
     *
     * @param digest the digest of the artifact's manifest
     */
    static void add(Remote remote, Reference reference, String digest, SigningKey key) {
        byte[] text = text(reference, digest);
        Reference place = reference.signatures(digest);
        ObjectNode signed = Blob.of(TEXT_TYPE, text).json();
        signed.putObject("annotations").put(ANNOTATION, Base64.getEncoder().encodeToString(key.sign(text)));
        List<JsonNode> layers = new ArrayList<>();
        remote.manifest(place).ifPresent(old -> layers.addAll(others(place, old, text, key.publicKey())));
        layers.add(signed);
        if (layers.size() > MOST) {
            throw new InputException(
                    "`" + reference + "` has " + MOST + " signatures already", "push under another tag");
        }
        ObjectNode root = JsonText.object().put("schemaVersion", 2).put("mediaType", BundleArtifact.MANIFEST);
        byte[] config = config(layers);
        root.set("config", Blob.of(CONFIG_TYPE, config).json());
        root.putArray("layers").addAll(layers);
        remote.store(text);
        remote.store(config);
        remote.store(place, JsonText.bytes(root));
    }

    /** Returns earlier layers, except one with a signature of the same text by the same key. */
    private static List<JsonNode> others(Reference place, byte[] manifest, byte[] text, VerifyingKey key) {
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode layer : layers(place, manifest)) {
            boolean same = Blob.read(layer).digest().equals(Sha256.of(text))
                    && signature(layer)
                            .filter(bytes -> key.verifies(text, bytes))
                            .isPresent();
            if (!same) {
                others.add(layer);
            }
        }
        return others;
    }

    /** Returns the configuration that an image must have. */
    private static byte[] config(List<JsonNode> layers) {
        ObjectNode root = JsonText.object().put("architecture", "").put("os", "");
        root.putObject("config");
        ArrayNode digests = root.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        layers.forEach(layer -> digests.add(Blob.read(layer).digest()));
        return JsonText.bytes(root);
    }

    private static List<JsonNode> layers(Reference place, byte[] manifest) {
        JsonNode layers = JsonText.read(manifest)
                .map(root -> root.path("layers"))
                .filter(JsonNode::isArray)
                .orElseThrow(() -> new InputException(
                        "`" + place + "` has no signatures of cosign", "remove it from the registry, and sign again"));
        if (layers.size() > MOST) {
            throw new InputException("`" + place + "` has more than " + MOST + " signatures", "remove some of them");
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
     * Returns why an artifact is not signed by a key; nothing if it is.
     *
     * @param digest the digest of the artifact's manifest, which was compared with its content
     */
    static Optional<String> fault(Remote remote, Reference reference, String digest, VerifyingKey key) {
        Reference place = reference.signatures(digest);
        Optional<byte[]> manifest = remote.manifest(place);
        if (manifest.isEmpty()) {
            return Optional.of("is not signed in the registry");
        }
        boolean found = false;
        for (JsonNode layer : layers(place, manifest.get())) {
            Blob blob = Blob.read(layer);
            Optional<byte[]> signature = signature(layer);
            if (!blob.mediaType().equals(TEXT_TYPE) || signature.isEmpty()) {
                continue;
            }
            if (!Sha256.isOne(blob.digest()) || blob.size() < 0 || blob.size() > LARGEST_TEXT) {
                return Optional.of("has a signature with a wrong descriptor: it was changed");
            }
            byte[] text = remote.blob(blob);
            if (key.verifies(text, signature.get())) {
                found = true;
                if (names(text, digest)) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(
                found
                        ? "has a signature by " + key.id() + " that is one of another artifact"
                        : "has no valid signature by " + key.id());
    }

    private static boolean names(byte[] text, String digest) {
        return JsonText.read(text)
                .map(root -> root.path("critical"))
                .filter(critical -> JsonText.text(critical, "type").equals(KIND))
                .filter(critical -> JsonText.text(critical.path("image"), "docker-manifest-digest")
                        .equals(digest))
                .isPresent();
    }
}
