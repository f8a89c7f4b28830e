// SPDX-License-Identifier: Apache-2.0
/**
 * The Debian package of the command {@code ringwall}. The built loader, the description of its
 * commands and the JDK of the build go in, one {@code .deb} comes out, the same bytes each time.
 * Nothing here runs on a host.
 */
@NullMarked
package org.ringwall.packaging;

import org.jspecify.annotations.NullMarked;
