/**
 * Bundles: files that carry compiled policies from a build to a host (docs/bundles.md).
 *
 * <p>In: compiled objects, sources and reports, or the bytes of a bundle. Out: the bytes of a
 * bundle, or its verified content. It must not know the compiler or the loader.
 */
@NullMarked
package org.ringwall.bundle;

import org.jspecify.annotations.NullMarked;
