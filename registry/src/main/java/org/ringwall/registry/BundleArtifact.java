// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.compiler.cli.InputException;

/**
 * The manifest of a bundle in a registry: an OCI image manifest with the artifact type {@link
 * #TYPE}, the empty configuration and one layer, which is the file. The same file and name give the
 * same bytes.
 */
final class BundleArtifact {
    /** The media type of the manifest. */
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    static final String TYPE = "application/vnd.ringwall.wallpack.v1";
    private static final String STORED = TYPE + ".tar";
    private static final String COMPRESSED = STORED + "+gzip";

    /** The empty configuration, which OCI prescribes for artifacts without one. */
    static final byte[] EMPTY_CONFIG = "{}".getBytes(StandardCharsets.US_ASCII);

    private static final String EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

    private BundleArtifact() {}

    /**
     * Returns the manifest of a bundle.
     *
     * @param title the name of the file, for other clients
     */
    static byte[] manifest(String title, byte[] file, Bundle bundle) {
        Map<String, @Nullable Object> layer =
                Blob.of(BundleFile.isGzip(file) ? COMPRESSED : STORED, file).json();
        layer.put("annotations", Map.of("org.opencontainers.image.title", title));
        Map<String, @Nullable Object> annotations = JsonValue.object(
                "org.opencontainers.image.title", bundle.manifest().name());
        annotations.put("org.opencontainers.image.version", bundle.manifest().version());
        annotations.put(
                "org.ringwall.policies",
                bundle.manifest().policies().stream().map(PolicyEntry::name).collect(Collectors.joining(",")));
        annotations.put("org.ringwall.bundle.sha256", bundle.digest());
        Map<String, @Nullable Object> root = JsonValue.object("schemaVersion", 2);
        root.put("mediaType", MANIFEST);
        root.put("artifactType", TYPE);
        root.put("config", Blob.of(EMPTY_TYPE, EMPTY_CONFIG).json());
        root.put("layers", List.of(layer));
        root.put("annotations", annotations);
        return JsonValue.bytes(root);
    }

    /**
     * Returns the descriptor of the only layer of a manifest.
     *
     * @throws InputException if the artifact is not a bundle
     */
    static Blob layer(Reference reference, byte[] manifest) {
        JsonValue root = JsonValue.read(manifest).orElseThrow(() -> refused(reference, "its manifest is not JSON"));
        String type = root.at("artifactType").text();
        if (!type.equals(TYPE)) {
            throw refused(reference, "it is not a bundle, but " + kind(root, type));
        }
        List<JsonValue> layers = root.at("layers").list();
        if (layers.size() != 1) {
            throw refused(reference, "it has " + layers.size() + " layers instead of one");
        }
        Blob layer = Blob.read(layers.get(0));
        if (!layer.mediaType().equals(STORED) && !layer.mediaType().equals(COMPRESSED)) {
            throw refused(reference, "its layer is of the type `" + UntrustedText.line(layer.mediaType()) + "`");
        }
        if (!Sha256.isDigest(layer.digest())) {
            throw refused(reference, "its layer has the digest `" + UntrustedText.line(layer.digest()) + "`");
        }
        if (layer.size() < 0 || layer.size() > Archive.MAX_BYTES) {
            throw refused(reference, "its layer has more than " + (Archive.MAX_BYTES >> 20) + " MiB, or no size");
        }
        return layer;
    }

    private static String kind(JsonValue root, String type) {
        if (!type.isEmpty()) {
            return "an artifact of the type `" + UntrustedText.line(type) + "`";
        }
        String media = root.at("mediaType").text();
        String config = root.at("config").at("mediaType").text();
        if (root.at("manifests").value() != null) {
            return "an index of images";
        }
        return config.contains("image.config") || config.contains("container.image")
                ? "a container image"
                : "something of the type `" + UntrustedText.line(media.isEmpty() ? config : media) + "`";
    }

    private static InputException refused(Reference reference, String what) {
        return new InputException(
                "`" + reference + "` is refused: " + what, "name an artifact that ringwallc push has stored");
    }
}
