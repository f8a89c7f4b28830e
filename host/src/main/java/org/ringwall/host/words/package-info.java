/**
 * Words of command lines and of files as values: paths, sizes, durations, units; and exit codes.
 *
 * <p>What cannot be parsed is a UsageException with a line of help.
 */
@NullMarked
package org.ringwall.host.words;

import org.jspecify.annotations.NullMarked;
