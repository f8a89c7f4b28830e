/**
 * The commands that put policies in force, and end them.
 *
 * <p>A command parses its words, calls an operation, and prints what it did.
 */
@NullMarked
package org.ringwall.host.cli.apply;

import org.jspecify.annotations.NullMarked;
