// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

/**
 * An entry of a live set.
 *
 * @param span the values that it covers, as numbers of the set's type
 * @param text as policies write it
 */
record LiveEntry(Span span, String text) {
    @Override
    public String toString() {
        return text;
    }
}
