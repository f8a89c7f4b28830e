// SPDX-License-Identifier: Apache-2.0
/**
 * A benchmark of what the command of the host costs on hosts of any size: checkouts in, figures
 * out. It must not know how the loader works.
 */
@NullMarked
package org.ringwall.bench.host;

import org.jspecify.annotations.NullMarked;
