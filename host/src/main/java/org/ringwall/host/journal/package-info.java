/**
 * The journal: who changed what with which command.
 *
 * <p>Input: changes of commands. Output: a line of JSON for each, which no other line can break.
 */
@NullMarked
package org.ringwall.host.journal;

import org.jspecify.annotations.NullMarked;
