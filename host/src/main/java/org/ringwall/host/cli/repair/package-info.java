/**
 * The commands that prepare and repair a host.
 *
 * <p>A command parses its words, calls an operation, and prints what it did.
 */
@NullMarked
package org.ringwall.host.cli.repair;

import org.jspecify.annotations.NullMarked;
