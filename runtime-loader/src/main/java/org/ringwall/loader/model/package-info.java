/**
 * The values that the loader takes and returns: names, places, failures,
 * results and status, and the interfaces of what it opens.
 *
 * <p>{@link org.ringwall.loader.api} hands them out, and every package of the loader uses them.
 * Values are immutable and refuse wrong values themselves. The package must not know how policies
 * are stored, applied or read.
 */
@NullMarked
package org.ringwall.loader.model;

import org.jspecify.annotations.NullMarked;
