/**
 * The commands that check where policies come from: bundles and trusted keys.
 *
 * <p>A command parses its words, calls an operation, and prints what it did.
 */
@NullMarked
package org.ringwall.host.cli.origin;

import org.jspecify.annotations.NullMarked;
