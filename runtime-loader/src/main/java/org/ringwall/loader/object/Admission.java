// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.Map;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Manifest;

/**
 * The decision which files this host may apply. It is made from the content that was read, before
 * anything else of it is used and before the host is opened. A refusal is a {@code HostException}.
 */
public interface Admission {
    /** A decision about what a bundle contains. */
    @FunctionalInterface
    interface Content {
        /**
         * Refuses a manifest whose policies or version are not admitted.
         *
         * @return the id of the key by which each policy is admitted, by its name; none if no key
         *     is needed
         */
        Map<String, String> admit(Manifest manifest);
    }

    /** Returns whether every file is admitted, so that a file need not be read again. */
    boolean isOpen();

    /** Refuses an object that is not from a bundle. */
    void object(String file);

    /** Refuses a bundle by its signatures, before its manifest is parsed. */
    Content archive(String file, Archive archive);
}
