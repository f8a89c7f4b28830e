/**
 * The keys that this host trusts, and the versions of bundles that it has applied
 * (docs/bundles.md).
 *
 * <p>In: files that only root can change, and bundles. Out: a refusal, or the keys that admit each
 * policy.
 */
@NullMarked
package org.ringwall.loader.trust;

import org.jspecify.annotations.NullMarked;
