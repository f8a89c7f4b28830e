// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.Map;
import java.util.Optional;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Manifest;
import org.ringwall.loader.instance.HostException;

/**
 * The decision about which files this host may apply. It is made on the content that was read,
 * before that content is used and before the host is opened. Every method throws {@link
 * HostException} to refuse a file.
 */
public interface Admission {
    /** An admission of every file. */
    Admission ALL = new Admission() {
        @Override
        public boolean admitsAll() {
            return true;
        }

        @Override
        public void checkObject(String file) {
            // Every object is admitted.
        }

        @Override
        public Content checkSignatures(String file, Archive archive) {
            return manifest -> Map.of();
        }

        @Override
        public Optional<String> recordApplied(PolicyObject policy) {
            return Optional.empty();
        }
    };

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

    /**
     * Records that a policy is in force.
     *
     * @return a phrase if the version is lower than the one recorded before, such as `7 after 8`
     * @throws HostException if the record cannot be written
     */
    Optional<String> recordApplied(PolicyObject policy);
}
