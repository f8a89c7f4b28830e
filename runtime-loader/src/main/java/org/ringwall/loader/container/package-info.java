// SPDX-License-Identifier: Apache-2.0
/**
 * The containers of this host: the answers of container runtimes in, containers with their names,
 * labels and cgroups out. It must not know of policies.
 */
@NullMarked
package org.ringwall.loader.container;

import org.jspecify.annotations.NullMarked;
