/**
 * Bundles across the modules: from a policy to a real kernel, and by independent readers.
 *
 * <p>In: policies. Out: what their bundles contain, and what a host does with them.
 */
@NullMarked
package org.ringwall.conformance.bundle;

import org.jspecify.annotations.NullMarked;
