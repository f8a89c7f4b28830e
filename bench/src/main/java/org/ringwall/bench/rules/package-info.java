/**
 * The decisions to be made: lists of rules of one kind and size, without any implementation.
 *
 * <p>In: a kind, a size and a seed. Out: the policy text, the same rules for C, keys for requests,
 * and the verdict of a linear evaluation for each key. It must not know the compiler, the kernel or
 * any contestant.
 */
@NullMarked
package org.ringwall.bench.rules;

import org.jspecify.annotations.NullMarked;
