/**
 * Policy objects and bundles as files: what they declare, where they are from, and whether they may
 * be put in force.
 *
 * <p>Input: the name of a file. Output: a checked {@link org.ringwall.loader.object.PolicyObject},
 * or an exception that says what is wrong with the file. It must not know the kernel.
 */
@NullMarked
package org.ringwall.loader.object;

import org.jspecify.annotations.NullMarked;
