// SPDX-License-Identifier: Apache-2.0
/**
 * The Debian package of the command {@code ringwall}.
 *
 * <p>In: the compiled loader, the description of its commands, and the JDK of the build. Out: one
 * {@code .deb}, reproducibly. Nothing of this package runs on a host.
 */
@NullMarked
package org.ringwall.packaging;

import org.jspecify.annotations.NullMarked;
