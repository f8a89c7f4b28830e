/**
 * The contestants: Ringwall's compiler, C compiled by clang, maps of the kernel, and the programs
 * of container runtimes and systemd, each for the same list of rules.
 *
 * <p>In: a {@link org.ringwall.bench.rules.RuleList}. Out: an image that can be loaded, or the
 * reason why there is none. It must not know how images are attached or measured.
 */
@NullMarked
package org.ringwall.bench.field;

import org.jspecify.annotations.NullMarked;
