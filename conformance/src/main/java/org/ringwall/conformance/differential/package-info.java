/**
 * Compares implementations of one meaning on random policies and requests, and makes what differs small.
 *
 * <p>Comes in: two {@link Meaning}s, a number of policies and a seed. Goes out: nothing, or a failure that names the
 * seed, the policy, the params, the request and both answers. Must not know which of them is right.
 */
@NullMarked
package org.ringwall.conformance.differential;

import org.jspecify.annotations.NullMarked;
