// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.Map;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Manifest;

/**
 * The decision about which files this host may apply. It is made on the content that was read,
 * before that content is used and before the host is opened. Every method throws {@link
 * HostException} to refuse a file.
 */
public interface Admission {
    /** The second part of the decision about a bundle: the policies and the version in it. */
    @FunctionalInterface
    interface Content {
        /**
         * Refuses a manifest whose policies or version are not admitted.
         *
         * @return the id of the admitting key by the name of each policy; empty if every file is
         *     admitted
         */
        Map<String, String> admit(Manifest manifest);
    }

    /** Returns whether every file is admitted. The result of reading a file can then be cached. */
    boolean admitsAll();

    /** Refuses an object that is not from a bundle. */
    void checkObject(String file);

    /** Checks the signatures of a bundle, before its manifest is parsed. */
    Content checkSignatures(String file, Archive archive);
}
