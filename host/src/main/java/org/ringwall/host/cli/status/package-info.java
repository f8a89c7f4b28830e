/**
 * The commands that say what is in force, and why.
 *
 * <p>They change nothing.
 */
@NullMarked
package org.ringwall.host.cli.status;

import org.jspecify.annotations.NullMarked;
