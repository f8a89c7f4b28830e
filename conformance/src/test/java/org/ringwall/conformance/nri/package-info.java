// SPDX-License-Identifier: Apache-2.0
/** The NRI plugin with a real containerd. */
@NullMarked
package org.ringwall.conformance.nri;

import org.jspecify.annotations.NullMarked;
