// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    static Blob read(JsonValue descriptor) {
        return new Blob(
                descriptor.at("mediaType").text(),
                descriptor.at("digest").text(),
                descriptor.at("size").number());
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> descriptor = JsonValue.object("mediaType", mediaType);
        descriptor.put("digest", digest);
        descriptor.put("size", size);
        return descriptor;
    }
}
