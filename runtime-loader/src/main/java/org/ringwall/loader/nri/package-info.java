// SPDX-License-Identifier: Apache-2.0
/**
 * A plugin of the Node Resource Interface (NRI) of containerd and CRI-O: the connection, its
 * messages, and what a plugin does at each. Knows nothing of policies: a {@link
 * org.ringwall.loader.nri.Handler} decides.
 */
@NullMarked
package org.ringwall.loader.nri;

import org.jspecify.annotations.NullMarked;
