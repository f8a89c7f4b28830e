/**
 * The commands for the state of a policy in force: live sets, tables, counters, rates, records.
 *
 * <p>A command parses its words, calls an operation, and prints what it did.
 */
@NullMarked
package org.ringwall.host.cli.state;

import org.jspecify.annotations.NullMarked;
