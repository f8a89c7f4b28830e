/**
 * Random policies, params and requests, generated from a seed, well-typed and near boundaries.
 *
 * <p>In: a seed. Out: for each policy its text and, built next to it and not from it, the typed
 * policy that the text means, so that the front end is compared too; and requests near the
 * boundaries of the policy. It must not know the parser, the checker or how a policy is compiled.
 */
@NullMarked
package org.ringwall.conformance.generate;

import org.jspecify.annotations.NullMarked;
