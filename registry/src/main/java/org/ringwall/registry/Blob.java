// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An OCI content descriptor: the media type, the digest and the size in bytes of a blob.
 *
 * @param digest a {@link Sha256}
 */
record Blob(String mediaType, String digest, long size) {
    static Blob of(String mediaType, byte[] content) {
        return new Blob(mediaType, Sha256.of(content), content.length);
    }

    /** Reads a descriptor of a manifest without checking it; a missing size is -1. */
    static Blob read(JsonNode node) {
        return new Blob(JsonText.text(node, "mediaType"), JsonText.text(node, "digest"), JsonText.number(node, "size"));
    }

    ObjectNode json() {
        return JsonText.object()
                .put("mediaType", mediaType)
                .put("digest", digest)
                .put("size", size);
    }
}
