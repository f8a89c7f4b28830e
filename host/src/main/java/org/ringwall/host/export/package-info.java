// SPDX-License-Identifier: Apache-2.0
/**
 * The export of counters in intervals; each increase of a count is in exactly one of them
 * (docs/host.md, "Exporting counters").
 *
 * <p>Input: the counters of the instances in force, and the state that the last export left in a
 * file. Output: lines for each counter and key, and the next state. It must not know the command
 * line, and changes no instance.
 */
@NullMarked
package org.ringwall.host.export;

import org.jspecify.annotations.NullMarked;
