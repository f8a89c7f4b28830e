/**
 * Standard streams and the terminal of the command that {@code ringwall run} starts.
 *
 * <p>Output to a terminal has no control characters that names from elsewhere contain.
 */
@NullMarked
package org.ringwall.host.terminal;

import org.jspecify.annotations.NullMarked;
