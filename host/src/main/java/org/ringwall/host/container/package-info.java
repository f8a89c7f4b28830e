// SPDX-License-Identifier: Apache-2.0
/**
 * The containers of this host.
 *
 * <p>In: the answers of container runtimes. Out: containers with their names and labels, and their
 * cgroups. It must not know policies.
 */
@NullMarked
package org.ringwall.host.container;

import org.jspecify.annotations.NullMarked;
