/**
 * Draws policies, params and requests at random from a seed, directed by types and aimed at boundaries.
 *
 * <p>Comes in: a seed. Goes out: for each policy its text and, built beside it and not from it, the typed policy that
 * the text means, so that the front end is compared too; and requests that lie at the edges of what a policy names.
 * Must not know the parser, the checker or how anything is compiled.
 */
@NullMarked
package org.ringwall.conformance.generate;

import org.jspecify.annotations.NullMarked;
