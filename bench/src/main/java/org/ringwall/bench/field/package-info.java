/**
 * Who decides: our compiler, C by clang, the kernel's maps, and the programs of container runtimes and systemd, each for the
 * same list of rules.
 *
 * <p>Comes in: a {@link org.ringwall.bench.rules.RuleList}. Goes out: an image that can be loaded, or why there is none. Must
 * not know how images are attached or measured.
 */
@NullMarked
package org.ringwall.bench.field;

import org.jspecify.annotations.NullMarked;
