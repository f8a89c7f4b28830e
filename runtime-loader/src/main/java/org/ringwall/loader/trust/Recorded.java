// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.util.Optional;
import org.ringwall.bundle.Version;

/**
 * A version of a policy that was applied.
 *
 * @param content the SHA-256 in hex of the policy's entry in the manifest
 *     ({@link org.ringwall.bundle.Manifest#contentDigest}); empty if an earlier loader recorded it
 */
record Recorded(Version version, Optional<String> content) {
    /** Returns whether this one is higher, or is the same version of something else. */
    boolean refuses(Recorded next) {
        int order = version.compareTo(next.version);
        return order > 0 || (order == 0 && !isSame(next));
    }

    private boolean isSame(Recorded next) {
        return content.isEmpty() || next.content.isEmpty() || content.equals(next.content);
    }

    /** Returns the words for a version that replaces this one, which refuses it. */
    String phrase(Version next) {
        return next + " after " + (next.compareTo(version) == 0 ? "another " : "") + version;
    }

    @Override
    public String toString() {
        return version + content.map(digest -> " " + digest).orElse("");
    }
}
