// SPDX-License-Identifier: Apache-2.0
/**
 * A benchmark of what the hook of `ringwall` adds to the start of a container: checkout in, figures
 * out. It must not know how the loader works.
 */
@NullMarked
package org.ringwall.bench.hook;

import org.jspecify.annotations.NullMarked;
