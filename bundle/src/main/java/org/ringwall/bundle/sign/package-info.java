/**
 * Signatures of bundles (docs/bundles.md): keys, and DSSE envelopes with the digest of a manifest.
 *
 * <p>In: keys as PEM, the digest of a manifest, the text of an envelope. Out: the same, and whether
 * a key has signed. Only the cryptography of the JDK is used.
 */
@NullMarked
package org.ringwall.bundle.sign;

import org.jspecify.annotations.NullMarked;
