// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

/**
 * An entry of a live set.
 *
 * @param span the values that it covers, as numbers of the set's type
 * @param shown what it is written as; its text is made only where it is read, since most entries of
 *     a long list are never shown
 */
record LiveEntry(Span span, Object shown) {
    /** Returns the text as policies write it. */
    String text() {
        return shown.toString();
    }

    @Override
    public String toString() {
        return text();
    }
}
