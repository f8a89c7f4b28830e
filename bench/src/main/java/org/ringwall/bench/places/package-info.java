// SPDX-License-Identifier: Apache-2.0
/**
 * A benchmark of the host command on one policy and many cgroups: checkout in, figures out. It must
 * not know how the loader works.
 */
@NullMarked
package org.ringwall.bench.places;

import org.jspecify.annotations.NullMarked;
