/**
 * The maps of the machine, created in the kernel too, so that the same operations can be run on
 * both.
 *
 * <p>In: maps of the machine with their types, and programs that use them. Out: the running
 * kernel's results. It must not know policies.
 */
@NullMarked
package org.ringwall.conformance.map;

import org.jspecify.annotations.NullMarked;
