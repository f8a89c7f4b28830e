/**
 * The machine's maps beside the kernel's: the same maps made in both, so that the same deeds can be done to them.
 *
 * <p>Comes in: maps of the machine, with their types, and programs on them. Goes out: the running kernel's answers. Must not
 * know policies.
 */
@NullMarked
package org.ringwall.conformance.map;

import org.jspecify.annotations.NullMarked;
