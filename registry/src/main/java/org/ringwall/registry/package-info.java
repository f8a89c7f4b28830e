// SPDX-License-Identifier: Apache-2.0
/**
 * The commands {@code ringwallc push} and {@code pull}: bundles in OCI registries, and the
 * signatures that cosign verifies. A bundle is one artifact with one layer, the file. The package
 * knows the format of bundles by {@link org.ringwall.bundle} alone; it must not know the loader.
 */
@NullMarked
package org.ringwall.registry;

import org.jspecify.annotations.NullMarked;
