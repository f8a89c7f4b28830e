// SPDX-License-Identifier: Apache-2.0
/**
 * The commands {@code ringwallc push} and {@code pull}: bundles in OCI registries, and the
 * signatures that cosign verifies. A bundle is one artifact with one layer, the file.
 *
 * <p>In: a bundle file and the name of an artifact. Out: the artifact, or the verified file. The
 * package parses bundles only through {@link org.ringwall.bundle}; it must not know the loader.
 */
@NullMarked
package org.ringwall.registry;

import org.jspecify.annotations.NullMarked;
