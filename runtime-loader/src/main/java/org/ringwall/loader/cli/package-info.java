/**
 * The command {@code ringwall}.
 *
 * <p>Comes in: words on a command line. Goes out: a line for people or JSON, and an exit code: 0 done, 1 the input is wrong, 2
 * usage, 3 the kernel or host refused; {@code run} gives its command's own, and 125 to 127 for its own failures. Must not know
 * how anything is done.
 */
@NullMarked
package org.ringwall.loader.cli;

import org.jspecify.annotations.NullMarked;
