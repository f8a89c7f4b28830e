/**
 * The command {@code ringwall}.
 *
 * <p>Input: words on a command line. Output: text or JSON, and an exit code: 0 done, 1 wrong input,
 * 2 wrong usage, 3 refused by the kernel or host, 4 not enforced ({@code status --check}).
 * {@code run} returns the exit code of its command, and 125 to 127 for its own failures. It must
 * not know how a command is carried out.
 */
@NullMarked
package org.ringwall.host.cli;

import org.jspecify.annotations.NullMarked;
