/**
 * Differential tests of implementations of the semantics on random policies and requests.
 *
 * <p>In: two {@link Meaning}s, a number of policies and a seed. Out: nothing, or a failure that
 * names the seed, the shrunk policy, the params, the request and both answers. It must not know
 * which of the two is right.
 */
@NullMarked
package org.ringwall.conformance.differential;

import org.jspecify.annotations.NullMarked;
