/**
 * What is to be decided: lists of rules of one kind and size, with nothing said about how.
 *
 * <p>Comes in: a kind, a size and a seed. Goes out: the policy text, the same rules for C, keys to ask with, and the verdict
 * that a naive walk of the list gives for each. Must not know the compiler, the kernel or any contestant.
 */
@NullMarked
package org.ringwall.bench.rules;

import org.jspecify.annotations.NullMarked;
