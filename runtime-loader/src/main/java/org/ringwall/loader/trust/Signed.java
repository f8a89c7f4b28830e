// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

/**
 * Whether an object in force is signed.
 *
 * @param detail the id of the key if the signature is valid, else the reason as a phrase
 */
public record Signed(State state, String detail) {
    /** The result of the verification. */
    public enum State {
        /** A valid key has signed it. */
        VALID,
        /** It has no signature, and this host needs none. */
        UNSIGNED,
        /** It has a signature, or may have one, and this host trusts no key to verify it by. */
        NOT_CHECKED,
        /** This host would not admit it. */
        INVALID
    }
}
