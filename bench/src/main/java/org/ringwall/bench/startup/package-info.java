// SPDX-License-Identifier: Apache-2.0
/**
 * A benchmark of the start of the host command beside an empty Java program: checkout in, figures
 * out. It must not know how the loader works.
 */
@NullMarked
package org.ringwall.bench.startup;

import org.jspecify.annotations.NullMarked;
