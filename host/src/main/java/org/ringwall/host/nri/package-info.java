// SPDX-License-Identifier: Apache-2.0
/**
 * A plugin for the Node Resource Interface (NRI) of containerd and CRI-O.
 *
 * <p>In: the socket of a runtime. Out: calls of a {@link org.ringwall.host.nri.Handler}, which
 * decides whether containers start. The package must not know policies.
 */
@NullMarked
package org.ringwall.host.nri;

import org.jspecify.annotations.NullMarked;
