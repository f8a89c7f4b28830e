// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * The result of verifying the signature of an object in force.
 *
 * @param detail the id of the key if the signature is valid, else the reason as a phrase
 */
public record Signed(State state, String detail) {
    /** The result in one word; later constants are worse. */
    public enum State {
        /** A key that this host trusts for the policy has signed the object's bundle. */
        VALID,
        /** The object has no signature, and this host requires none. */
        UNSIGNED,
        /** The signature, if there is one, was not verified, because this host trusts no key. */
        NOT_CHECKED,
        /** This host would not admit the object now. */
        INVALID
    }
}
